[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $names = 'Provider', 'Resolution', 'OutputDirectory', 'Vault', 'DailyBudget', 'PriceFile', 'JournalPrompt', 'LogPrompts', 'LargestPictureMB'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule
}

Describe 'Get-NBOption' {
    BeforeEach {
        Clear-NBEnvironment
        $env:NB_STATE_PATH = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $file = Join-Path $env:NB_STATE_PATH 'options.json'
    }

    AfterEach { Set-NBOption -Scope Process -Clear * }
    AfterAll { Clear-NBEnvironment }

    It 'tells all of them, and makes no file' {
        $options = Get-NBOption

        $options.Name | Should -Be 'Provider', 'Resolution', 'OutputDirectory', 'Vault', 'DailyBudget', 'PriceFile', 'JournalPrompt', 'LogPrompts', 'LargestPictureMB'
        $options.Source | Sort-Object -Unique | Should -Be 'Default'
        $env:NB_STATE_PATH | Should -Not -Exist
    }

    It 'describes <_>' -ForEach $names {
        $option = Get-NBOption $_

        $option | Should -BeOfType ([NanoBanana.NBOption])
        $option.Description | Should -Not -BeNullOrEmpty
        $option.Variable | Should -BeLike 'NB_*'
    }

    It 'tells what is built in' {
        (Get-NBOption Provider).Value | Should -BeExactly 'Fal'
        (Get-NBOption Resolution).Value | Should -BeExactly '1K'
        (Get-NBOption OutputDirectory, Vault, DailyBudget, PriceFile | Where-Object Value -EQ $null) | Should -HaveCount 4
        (Get-NBOption JournalPrompt).Value | Should -BeTrue
        (Get-NBOption LogPrompts).Value | Should -BeFalse
        (Get-NBOption LargestPictureMB).Value | Should -Be 64
    }

    It 'takes wildcards, lists and the pipeline' {
        (Get-NBOption *Prompt*).Name | Should -Be 'JournalPrompt', 'LogPrompts'
        (Get-NBOption vault, provider).Name | Should -Be 'Vault', 'Provider'
        ('DailyBudget' | Get-NBOption).Name | Should -Be 'DailyBudget'
        Get-NBOption Nothing* | Should -BeNullOrEmpty
    }

    It 'tells an unknown name in words' {
        $record = Get-ErrorOf { Get-NBOption Colour }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*Provider, Resolution, *LargestPictureMB*'
    }

    It 'says where <Name> comes from' -ForEach @(
        @{ Name = 'Provider'; Variable = 'NB_PROVIDER'; Text = 'apidot'; Value = 'ApiDot' }
        @{ Name = 'Resolution'; Variable = 'NB_RESOLUTION'; Text = '4k'; Value = '4K' }
        @{ Name = 'OutputDirectory'; Variable = 'NB_OUTPUT_DIRECTORY'; Text = $HOME; Value = $HOME }
        @{ Name = 'Vault'; Variable = 'NB_VAULT'; Text = 'keys'; Value = 'keys' }
        @{ Name = 'DailyBudget'; Variable = 'NB_DAILY_BUDGET'; Text = '2.50'; Value = 2.5d }
        @{ Name = 'PriceFile'; Variable = 'NB_PRICES'; Text = $PSCommandPath; Value = $PSCommandPath }
        @{ Name = 'JournalPrompt'; Variable = 'NB_JOURNAL_PROMPT'; Text = '0'; Value = $false }
        @{ Name = 'LogPrompts'; Variable = 'NB_LOG_PROMPTS'; Text = 'true'; Value = $true }
        @{ Name = 'LargestPictureMB'; Variable = 'NB_LARGEST_PICTURE_MB'; Text = '5'; Value = 5 }
    ) {
        Set-Item "Env:$Variable" $Text
        $option = Get-NBOption $Name

        $option.Value | Should -Be $Value
        $option.Source | Should -Be 'Environment'
        $option.Variable | Should -BeExactly $Variable

        Remove-Item "Env:$Variable"
        (Get-NBOption $Name).Source | Should -Be 'Default'
    }

    It 'names the variable <_> when it is wrong, and tells the others' -ForEach @(
        'NB_PROVIDER', 'NB_RESOLUTION', 'NB_OUTPUT_DIRECTORY', 'NB_DAILY_BUDGET', 'NB_PRICES', 'NB_JOURNAL_PROMPT', 'NB_LOG_PROMPTS', 'NB_LARGEST_PICTURE_MB'
    ) {
        Set-Item "Env:$_" 'wrong'
        $options = Get-NBOption -ErrorVariable errors -ErrorAction SilentlyContinue
        $making = Get-ErrorOf { New-NBImage 'a cat' -Sandbox -OutDirectory $TestDrive }

        $options | Should -HaveCount 8
        $errors | Should -HaveCount 1
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $errors[0].Exception.Message | Should -BeLike "*$_*'wrong'*"
        $making.Exception.Message | Should -BeLike "*$_*'wrong'*"
    }

    It 'refuses a broken file with its name and line, once, and leaves it alone' {
        $null = New-Item $env:NB_STATE_PATH -ItemType Directory
        Set-Content $file "{`n  `"provider`": `"Fal`",`n  oops`n}"
        $before = Get-Content $file -Raw

        foreach ($script in { Get-NBOption }, { Set-NBOption -Vault mine }, { New-NBImage 'a cat' -Sandbox -OutDirectory $TestDrive }) {
            $records = @(Get-ErrorOf $script)
            $records | Should -HaveCount 1
            $records[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $records[0].Exception.Message | Should -BeLike "*'$file'*line 3*move it away*"
        }
        Get-Content $file -Raw | Should -BeExactly $before
    }

    It 'fits 120 columns' {
        $lines = (Get-NBOption | Format-Table | Out-String -Width 120) -replace '\e\[[\d;]*m' -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        $lines | Where-Object { $_ -match '^(Name|Provider|LargestPictureMB)\s' } | Should -HaveCount 3
        $lines -join '' | Should -Not -Match '…'
    }

    It 'completes names' {
        (TabExpansion2 'Get-NBOption L' 14).CompletionMatches.CompletionText | Should -Be 'LogPrompts', 'LargestPictureMB'
    }
}
