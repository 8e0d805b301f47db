[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $good = @(
        @{ Name = 'Provider'; Given = 'apiframe'; Value = 'Apiframe' }
        @{ Name = 'Provider'; Given = 'fal', 'ApiDot'; Value = 'Fal,ApiDot' }
        @{ Name = 'Provider'; Given = 'fal, ApiDot'; Value = 'Fal,ApiDot' }
        @{ Name = 'Resolution'; Given = '2k'; Value = '2K' }
        @{ Name = 'OutputDirectory'; Given = $HOME; Value = $HOME }
        @{ Name = 'Vault'; Given = 'my keys'; Value = 'my keys' }
        @{ Name = 'DailyBudget'; Given = 2.50d; Value = 2.50d }
        @{ Name = 'PriceFile'; Given = $PSCommandPath; Value = $PSCommandPath }
        @{ Name = 'JournalPrompt'; Given = $false; Value = $false }
        @{ Name = 'LogPrompts'; Given = $true; Value = $true }
        @{ Name = 'LargestPictureMB'; Given = 128; Value = 128 }
    )
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

Describe 'Set-NBOption' {
    BeforeEach {
        Clear-NBEnvironment
        $env:NB_STATE_PATH = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        $file = Join-Path $env:NB_STATE_PATH 'options.json'
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    AfterEach { Set-NBOption -Scope Process -Clear * }
    AfterAll { Clear-NBEnvironment }

    Context 'keeps what it is told' {
        # The other process serves other test files too, which may have left options of the process behind.
        BeforeAll { Invoke-OtherPwsh "Import-Module '$NBManifest'; Set-NBOption -Scope Process -Clear *" }

        It 'keeps <Name> for the user' -ForEach $good {
            $given = @{ $Name = $Given }
            $told = Set-NBOption @given -PassThru

            $told.Name | Should -Be $Name
            $told.Value | Should -Be $Value
            $told.Source | Should -Be 'User'
            (Get-NBOption $Name).Value | Should -BeOfType $Value.GetType()
            Invoke-OtherPwsh "Import-Module '$NBManifest'; `$option = Get-NBOption $Name; `"`$(`$option.Value)|`$(`$option.Source)`"" | Should -Be "$Value|User"

            $nothing = @{ $Name = $null }
            Set-NBOption @nothing
            (Get-NBOption $Name).Source | Should -Be 'Default'
        }

        It 'keeps <Name> for the process, and out of the file and other processes' -ForEach $good {
            $given = @{ $Name = $Given }
            Set-NBOption @given -Scope Process

            (Get-NBOption $Name).Value | Should -Be $Value
            (Get-NBOption $Name).Source | Should -Be 'Process'
            $file | Should -Not -Exist
            Invoke-OtherPwsh "Import-Module '$NBManifest'; (Get-NBOption $Name).Source" | Should -Be 'Default'

            Set-NBOption -Scope Process -Clear $Name
            (Get-NBOption $Name).Source | Should -Be 'Default'
        }

        It 'says nothing without -PassThru' {
            Set-NBOption -Vault keys | Should -BeNullOrEmpty
        }

        It 'makes a file for the user alone' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows has no file modes'; return }
            Set-NBOption -Vault keys

            (Get-Item $file).UnixMode | Should -Be '-rw-------'
            (Get-Item $env:NB_STATE_PATH).UnixMode | Should -Be 'drwx------'
        }

        It 'keeps a price to the last digit, whatever the culture' {
            $culture = [cultureinfo]::CurrentCulture
            try {
                [cultureinfo]::CurrentCulture = 'de-DE'
                Set-NBOption -DailyBudget 1234.567890123456789d
            }
            finally { [cultureinfo]::CurrentCulture = $culture }

            (Get-NBOption DailyBudget).Value | Should -Be 1234.567890123456789d
            Get-Content $file -Raw | Should -Match '"dailyBudget": 1234\.567890123456789\b'
        }

        It 'makes full paths of what PowerShell understands' {
            Push-Location TestDrive:\
            try {
                'x' | Set-Content prices.json
                Set-NBOption -OutputDirectory ./pictures -PriceFile prices.json
            }
            finally { Pop-Location }

            (Get-NBOption OutputDirectory).Value | Should -Be (Join-Path $TestDrive 'pictures')
            (Get-NBOption PriceFile).Value | Should -Be (Join-Path $TestDrive 'prices.json')
        }

        It 'sets several at once and removes with -Clear and wildcards' {
            Set-NBOption -Provider ApiDot -Resolution 2K -JournalPrompt $false -LogPrompts $true
            (Get-NBOption | Where-Object Source -EQ User).Name | Should -Be 'Provider', 'Resolution', 'JournalPrompt', 'LogPrompts'

            Set-NBOption -Vault keys -Clear *Prompt*, provider
            (Get-NBOption | Where-Object Source -EQ User).Name | Should -Be 'Resolution', 'Vault'
        }

        It 'leaves fields alone that it does not know' {
            $null = New-Item $env:NB_STATE_PATH -ItemType Directory
            '{ "later": { "a": [1.50] } }' | Set-Content $file
            Set-NBOption -Vault keys

            Get-Content $file -Raw | Should -Match ([regex]::Escape('"later": { "a": [1.50] }'))
        }

        It 'loses nothing when two processes write at once' {
            $runs = @(
                'Set-NBOption -Vault "v$round" -Resolution 2K; Set-NBOption -DailyBudget $round'
                'Set-NBOption -LargestPictureMB $round -LogPrompts $true; Set-NBOption -Provider ApiDot'
            ) | ForEach-Object { Start-NewPwsh "foreach (`$round in 1..20) { $_ }" }
            foreach ($run in $runs) {
                Wait-NewPwsh $run | Should -BeNullOrEmpty
                $run.Errors.Result | Should -BeNullOrEmpty
            }

            $values = @{}
            Get-NBOption | ForEach-Object { $values[$_.Name] = $_.Value }
            $values.Vault | Should -Be 'v20'
            $values.Resolution | Should -Be '2K'
            $values.DailyBudget | Should -Be 20
            $values.LargestPictureMB | Should -Be 20
            $values.LogPrompts | Should -BeTrue
            $values.Provider | Should -Be 'ApiDot'
        }
    }

    Context 'the order' {
        It 'is process, environment, user' {
            Set-NBOption -Resolution 1K
            $env:NB_RESOLUTION = '2K'
            (Get-NBOption Resolution).Value | Should -Be '2K'
            Set-NBOption -Resolution 4K -Scope Process
            (Get-NBOption Resolution).Value | Should -Be '4K'
        }

        It 'warns when what is set does not hold' {
            $env:NB_RESOLUTION = '2K'
            Set-NBOption -Resolution 4K -WarningVariable byVariable -WarningAction SilentlyContinue
            $env:NB_RESOLUTION = $null
            Set-NBOption -Resolution 1K -Scope Process -WarningVariable none
            Set-NBOption -Resolution 2K -WarningVariable byProcess -WarningAction SilentlyContinue

            $byVariable | Should -HaveCount 1
            $byVariable[0].Message | Should -BeLike '*NB_RESOLUTION*2K*'
            $none | Should -HaveCount 0
            $byProcess | Should -HaveCount 1
            $byProcess[0].Message | Should -BeLike '*-Scope Process*1K*'
        }

        It 'holds in every runspace of the process' {
            Set-NBOption -DailyBudget 3 -Scope Process
            $seen = 1..2 | ForEach-Object -Parallel { Import-Module $using:NBManifest; (Get-NBOption DailyBudget).Value }
            $seen | Should -Be 3, 3
        }
    }

    Context 'refuses in words' {
        It 'refuses <What>' -ForEach @(
            @{ What = 'an unknown provider'; Parameter = 'Provider'; Words = '*Fal, ApiDot*'; Script = { Set-NBOption -Provider Nobody } }
            @{ What = 'an unknown resolution'; Parameter = 'Resolution'; Words = '*0.5K, 1K, 2K, 4K*'; Script = { Set-NBOption -Resolution 3K } }
            @{ What = 'a folder outside of the file system'; Parameter = 'OutputDirectory'; Words = '*Environment*'; Script = { Set-NBOption -OutputDirectory Env:\ } }
            @{ What = 'a drive that does not exist'; Parameter = 'OutputDirectory'; Words = '*nodrive*'; Script = { Set-NBOption -OutputDirectory 'nodrive:\x' } }
            @{ What = 'a folder that is a file'; Parameter = 'OutputDirectory'; Words = '*is a file*'; Script = { Set-NBOption -OutputDirectory $NBManifest } }
            @{ What = 'a budget below nothing'; Parameter = 'DailyBudget'; Words = '*0 or more*'; Script = { Set-NBOption -DailyBudget -0.01 } }
            @{ What = 'a price file that is not there'; Parameter = 'PriceFile'; Words = '*cannot be read*'; Script = { Set-NBOption -PriceFile (Join-Path $TestDrive 'none.json') } }
            @{ What = 'a price file that is a folder'; Parameter = 'PriceFile'; Words = '*cannot be read*'; Script = { Set-NBOption -PriceFile $TestDrive } }
            @{ What = 'a picture of nothing'; Parameter = 'LargestPictureMB'; Words = '*1 to 1024*'; Script = { Set-NBOption -LargestPictureMB 0 } }
            @{ What = 'a picture too large'; Parameter = 'LargestPictureMB'; Words = '*1 to 1024*'; Script = { Set-NBOption -LargestPictureMB 1025 } }
            @{ What = 'a vault with a line break'; Parameter = 'Vault'; Words = '*Get-SecretVault*'; Script = { Set-NBOption -Vault "a`nb" } }
            @{ What = 'an unknown name to clear'; Parameter = 'Clear'; Words = '*Provider, Resolution*'; Script = { Set-NBOption -Clear Colour } }
            @{ What = 'to set and clear the same'; Parameter = 'Clear'; Words = '*one of the two*'; Script = { Set-NBOption -Vault a -Clear Vault } }
            @{ What = 'nothing at all'; Parameter = $null; Words = '*nothing to set*'; Script = { Set-NBOption } }
        ) {
            foreach ($scope in 'User', 'Process') {
                $PSDefaultParameterValues['Set-NBOption:Scope'] = $scope
                try { $records = @(Get-ErrorOf $Script) }
                finally { $PSDefaultParameterValues.Remove('Set-NBOption:Scope') }

                $records | Should -HaveCount 1
                $records[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
                $records[0].Exception.Message | Should -BeLike $Words
                $records[0].Exception.Parameter | Should -Be $Parameter
            }
            $file | Should -Not -Exist
            (Get-NBOption).Source | Sort-Object -Unique | Should -Be 'Default'
        }

        It 'changes nothing with -WhatIf' {
            Set-NBOption -Vault keys -Resolution 2K -WhatIf
            Set-NBOption -Vault keys -Scope Process -WhatIf

            $env:NB_STATE_PATH | Should -Not -Exist
            (Get-NBOption Vault).Source | Should -Be 'Default'
        }

        It 'says so when the folder cannot be written' {
            'a file' | Set-Content $env:NB_STATE_PATH
            $record = Get-ErrorOf { Set-NBOption -Vault keys }
            Remove-Item $env:NB_STATE_PATH

            $record.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
        }
    }

    Context 'pictures follow' {
        It 'makes them with the provider, the size and the folder that are set' {
            Set-NBOption -Provider ApiDot -Resolution 2K -OutputDirectory $folder
            $image = New-NBImage 'a cat' -Sandbox

            $image.Provider | Should -Be 'ApiDot'
            $image.Resolution | Should -Be '2K'
            $image.Width | Should -BeGreaterThan 1500
            Split-Path $image.Path | Should -Be $folder

            $edited = Edit-NBImage 'at night' -Image $image -Sandbox -UploadVia Fal
            $edited.Provider | Should -Be 'ApiDot'
            $edited.Resolution | Should -Be '2K'
            Split-Path $edited.Path | Should -Be $folder
        }

        It 'lets parameters and the cells of a CSV go first, and blank cells not' {
            Set-NBOption -Provider ApiDot -Resolution 2K -OutputDirectory $folder
            $other = (New-Item -ItemType Directory -Path (Join-Path $folder 'other')).FullName

            $image = New-NBImage 'a cat' -Sandbox -Provider Fal -Resolution 1K -OutDirectory $other
            $image.Provider | Should -Be 'Fal'
            $image.Resolution | Should -Be '1K'
            Split-Path $image.Path | Should -Be $other

            $rows = [pscustomobject]@{ Prompt = 'a dog'; Provider = 'Fal'; Resolution = '' }, [pscustomobject]@{ Prompt = 'a fox'; Provider = ''; Resolution = '1K' }
            $made = $rows | New-NBImage -Sandbox | Sort-Object Prompt
            $made.Provider | Should -Be 'Fal', 'ApiDot'
            $made.Resolution | Should -Be '2K', '1K'
        }

        It 'says that the option asked for a size that the provider does not take' {
            Set-NBOption -Resolution 0.5K
            $record = Get-ErrorOf { New-NBImage 'a cat' -Sandbox -Provider Prospolabs -OutDirectory $folder }

            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*Prospolabs takes no -Resolution 0.5K*option Resolution*'
            (New-NBImage 'a cat' -Sandbox -Provider Prospolabs -Resolution 1K -OutDirectory $folder).Provider | Should -Be 'Prospolabs'
            (Get-ErrorOf { New-NBImage 'a cat' -Sandbox -Provider Prospolabs -Resolution 0.5K -OutDirectory $folder }).Exception.Message | Should -Not -BeLike '*option*'
        }

        It 'refuses a picture larger than is wanted' {
            $env:NB_SANDBOX_FAULTS = 'download:badlength=2000000'
            (New-NBImage 'a cat' -Sandbox -OutDirectory $folder).Path | Should -Exist

            Set-NBOption -LargestPictureMB 1
            $record = Get-ErrorOf { New-NBImage 'a cat' -Sandbox -OutDirectory $folder }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidImageContent,*'
            $record.Exception.Message | Should -BeLike '*1,048,576 bytes*'
        }
    }

    It 'completes <Line>' -ForEach @(
        @{ Line = 'Set-NBOption -Provider A'; Expected = 'ApiDot', 'Apiframe', 'ApiMaster', 'Auto' }
        @{ Line = 'Set-NBOption -Resolution '; Expected = '0.5K', '1K', '2K', '4K' }
        @{ Line = 'Set-NBOption -Scope '; Expected = 'Process', 'User' }
        @{ Line = 'Set-NBOption -Clear J'; Expected = 'JournalPrompt' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Sort-Object | Should -Be $Expected
    }
}
