[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule
    $sandbox = Open-Sandbox
    $today = [DateOnly]::FromDateTime([datetime]::UtcNow)

    function Connect-All {
        Connect-Sandbox $sandbox
        $env:NB_APIFRAME_BASEURI = "$($sandbox.Uri)/apiframe"
        $env:APIFRAME_API_KEY = 'afk_canary7f3a91'
        $env:NB_APIDOT_BASEURI = "$($sandbox.Uri)/apidot"
        $env:APIDOT_API_KEY = 'canary-key-7f3a92'
    }

    function Disconnect-All {
        Remove-Item Env:NB_APIFRAME_BASEURI, Env:NB_APIDOT_BASEURI -ErrorAction Ignore
    }

    if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
    }

    # What a script does in a host with a window of this many columns: 0 for no window, less for one that cannot be asked.
    function Invoke-Hosted([int] $Width, [string] $Script) {
        $window = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Plain', $Width)
        $space = [runspacefactory]::CreateRunspace($window)
        $space.Open()
        $shell = [powershell]::Create($space)
        try {
            $rows = $shell.AddScript("Import-Module '$NBManifest'; $Script").Invoke()
            [pscustomobject]@{ Rows = $rows; Lines = @($window.Written -split '\r?\n' -ne ''); Warnings = @($shell.Streams.Warning | ForEach-Object Message) }
        }
        finally {
            $shell.Dispose()
            $space.Dispose()
        }
    }
}

AfterAll {
    Close-Sandbox $sandbox
    Disconnect-All
    Clear-NBEnvironment
}

Describe 'Get-NBUsage' {
    Context 'with jobs of three providers, and two that failed' {
        BeforeAll {
            Clear-NBEnvironment
            $env:NB_STATE_PATH = Join-Path $TestDrive 'usage-state'
            Clear-Sandbox $sandbox
            Connect-All
            $folder = Join-Path $TestDrive 'usage'
            $images = @(
                New-NBImage 'a fox', 'an owl' -OutDirectory $folder
                New-NBImage 'a whale' -Resolution 4K -Count 2 -OutDirectory $folder
                New-NBImage 'a hare' -Provider Apiframe -OutDirectory $folder
                New-NBImage 'a bear' -Provider ApiDot -Resolution 2K -OutDirectory $folder
                New-NBImage 'a cat' -Sandbox -OutDirectory $folder
            )
            $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/faults" -Method Post -Body 'submit:rejected'
            $refused = Get-ErrorOf { New-NBImage 'an owl' -OutDirectory $folder }
            $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/faults" -Method Post -Body 'submit:failed'
            $broken = Get-ErrorOf { New-NBImage 'an elk' -OutDirectory $folder }
            $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/faults" -Method Post -Body ''
        }
        AfterAll {
            Disconnect-All
            Clear-NBEnvironment
        }

        It 'counts what the books of the provider hold' {
            $usage = Get-NBUsage

            $usage | Should -HaveCount 1
            $usage | Should -BeOfType ([NanoBanana.NBUsage])
            $usage.Day | Should -BeIn $today, ([DateOnly]::FromDateTime([datetime]::UtcNow))
            $usage.Pictures | Should -Be 6
            $usage.Cost | Should -Be (0.08d + 0.08d + 0.32d + 0.075d + 0.08d) # What was refused with 422 may be charged.
            $usage.Cost | Should -BeOfType ([decimal])
            $usage.Credits | Should -BeGreaterThan 0
            $usage.Unpriced | Should -Be 1
            $usage.Unknown | Should -Be 1
            $usage.MeanTime | Should -BeGreaterThan ([timespan]::Zero)
            $usage.Currency | Should -Be 'USD'
            $usage.Provider, $usage.Model, $usage.Resolution | Should -Be $null, $null, $null
        }

        It 'does not count the picture of the sandbox, which has a cost of its own' {
            $images.Where{ $_.Sandbox }.Cost | Should -Be 0.08d
            (Get-NBUsage).Pictures | Should -Be (@($images).Count - 1)
        }

        It 'sums up to what the jobs and the pictures say' {
            $sum = [decimal](Get-NBUsage Provider | Measure-Object Cost -Sum).Sum

            $sum | Should -Be ([decimal](Get-NBJob | Measure-Object Cost -Sum).Sum)
            $sum - 0.08d | Should -Be ([decimal]($images.Where{ -not $_.Sandbox } | Measure-Object Cost -Sum).Sum)
            (Get-NBUsage Provider).Where{ $_.Provider -eq 'Apiframe' }.Credits | Should -Be $images.Where{ $_.Provider -eq 'Apiframe' }.Credits
            $images.Where{ $_.Provider -eq 'Apiframe' }.CostSource | Should -Be 'Provider'
        }

        It 'counts by <Groups>' -ForEach @(
            @{ Groups = 'Provider'; Rows = 'ApiDot', 'Apiframe', 'Fal' }
            @{ Groups = 'Resolution'; Rows = '1K', '2K', '4K' }
            @{ Groups = 'Provider', 'Resolution'; Rows = 'ApiDot 2K', 'Apiframe 1K', 'Fal 1K', 'Fal 4K' }
            @{ Groups = 'Resolution', 'Provider'; Rows = 'Apiframe 1K', 'Fal 1K', 'ApiDot 2K', 'Fal 4K' }
            @{ Groups = 'Model'; Rows = 'fal-ai/nano-banana-2', 'nano-banana-2' }
        ) {
            $usage = Get-NBUsage -GroupBy $Groups

            $usage.ForEach{ ($_.Provider, $_.Model, $_.Resolution).Where{ $_ } -join ' ' } | Should -Be $Rows
        }

        It 'has the failures: one that fal never charges, one that it may' {
            $refused.FullyQualifiedErrorId | Should -BeLike 'ContentRejected,*'
            $broken.FullyQualifiedErrorId | Should -BeLike 'ProviderUnavailable,*'
            $usage = Get-NBUsage
            $usage.Jobs, $usage.Failures, $usage.Unknown | Should -Be 7, 2, 1
            (Get-NBJob -State Failed).Where{ $_.Prompt -eq 'an elk' }.ForEach{ $_.Cost, $_.IsCostUncertain } | Should -Be 0, $false
            (Get-NBJob -State Failed).Where{ $_.Prompt -eq 'an owl' }.ForEach{ $_.Cost, $_.IsCostUncertain } | Should -Be 0.08d, $true
        }

        It 'counts from and until a time' {
            Get-NBUsage -Since (Get-Date).AddHours(1) -Until (Get-Date).AddHours(2) | Should -BeNullOrEmpty
            Get-NBUsage -Until (Get-Date).AddHours(-1) | Should -BeNullOrEmpty
            (Get-NBUsage -Since (Get-Date).AddHours(-1)).Pictures | Should -Be 6
        }

        It 'refuses a time that ends before it begins' {
            $record = Get-ErrorOf { Get-NBUsage -Since 2026-11-21 -Until 2026-11-20 }

            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*let -Since be before -Until*'
        }

        It 'goes through Export-Csv and back' {
            $file = Join-Path $TestDrive 'usage.csv'
            Get-NBUsage Provider | Export-Csv $file
            $rows = Import-Csv $file

            $rows.Provider | Should -Be 'ApiDot', 'Apiframe', 'Fal'
            [decimal]$rows[2].Cost | Should -Be 0.56d
            [timespan]$rows[2].MeanTime | Should -BeGreaterThan ([timespan]::Zero)
            $rows[0].PSObject.Properties.Value -join ' ' | Should -Not -Match '[[\]{}@]|System\.'
        }

        It 'fits a table of 120 columns' {
            $lines = (Get-NBUsage Day, Provider, Resolution | Out-String -Width 120) -replace '\e\[[\d;]*m' -split '\r?\n'

            $lines.Where{ $_ -match '^Day ' } | Should -Match 'Provider +Model +Resolution +Pictures +Jobs +Failures +Unknown +Cost +Credits +MeanTime$'
            $lines.Where{ $_ -match ' ApiDot ' } | Should -Match '^\d{4}-\d\d-\d\d ApiDot +2K +1 +1 +0 +0 +0[.,]075 +00:00:0\d[.,]\d$'
        }

        It 'draws bars as wide as the window and writes no objects' {
            $seen = Invoke-Hosted 60 'Get-NBUsage Provider -Plot'

            $seen.Rows | Should -HaveCount 0
            $seen.Lines | Should -HaveCount 4
            $seen.Lines[0] | Should -Match '^Cost in USD, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d \(UTC\)$'
            $seen.Lines[1] | Should -Match '^ApiDot +0\.075  #+$'
            $seen.Lines[2] | Should -Match '^Apiframe +\d+ credits$'
            $seen.Lines[3] | Should -Match '^Fal +0\.56  #+$'
            $seen.Lines[3].Length | Should -Be 59
            ($seen.Lines[1] -replace '[^#]').Length | Should -BeLessThan (($seen.Lines[3] -replace '[^#]').Length / 4)
        }

        It 'draws and writes the objects with -PassThru' {
            $seen = Invoke-Hosted 60 'Get-NBUsage Provider -Plot -PassThru'

            $seen.Rows | Should -HaveCount 3
            $seen.Rows | ForEach-Object { $_ | Should -BeOfType ([NanoBanana.NBUsage]) }
            $seen.Lines | Should -HaveCount 4
        }

        It 'warns and writes the objects where <What>' -ForEach @(
            @{ What = 'there is no window'; Width = 0 }
            @{ What = 'the window cannot be asked'; Width = -1 }
            @{ What = 'the window is too small'; Width = 20 }
        ) {
            $seen = Invoke-Hosted $Width 'Get-NBUsage Provider -Plot'

            $seen.Rows | Should -HaveCount 3
            $seen.Rows | ForEach-Object { $_ | Should -BeOfType ([NanoBanana.NBUsage]) }
            $seen.Warnings | Should -HaveCount 1
            $seen.Warnings | Should -BeLike '*no screen of 30 columns*'
        }

        It 'keeps the bars out of variables' {
            $value = Get-NBUsage -Plot -InformationVariable told -WarningAction SilentlyContinue 6> $null
            if ($told) { $told[0].Tags | Should -Contain 'PSHOST'; $value | Should -BeNullOrEmpty }
            else { $value | Should -HaveCount 1 }
        }
    }

    Context 'with submits whose answer was lost' {
        It 'counts them in full and says that nobody knows' {
            Clear-NBEnvironment
            $env:NB_STATE_PATH = Join-Path $TestDrive 'lost-state'
            $broken = Open-Sandbox -Faults 'submit:lost'
            try {
                Connect-Sandbox $broken
                $record = Get-ErrorOf { New-NBImage 'a lost lamb' -OutDirectory (Join-Path $TestDrive 'lost') }
                $record.FullyQualifiedErrorId | Should -BeLike 'SubmitOutcomeUnknown,*'
            }
            finally {
                Close-Sandbox $broken
            }

            $usage = Get-NBUsage
            $usage.Cost | Should -Be 0.08d
            $usage.Unknown, $usage.Pictures, $usage.Failures | Should -Be 1, 0, 0
            $usage.MeanTime | Should -BeNullOrEmpty
            (Get-NBJob).IsCostUncertain | Should -BeTrue
            (Get-NBJob).Cost | Should -Be 0.08d
        }
    }

    Context 'with nothing in the journal' {
        It 'writes nothing, with or without -Plot' {
            Clear-NBEnvironment
            $env:NB_STATE_PATH = Join-Path $TestDrive 'empty-state'

            Get-NBUsage | Should -BeNullOrEmpty
            Get-NBUsage -Plot 6>&1 | Should -BeNullOrEmpty
        }
    }
}
