[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll {
    Set-NBOption -DailyBudget $null -Scope Process
    Clear-NBEnvironment
}

Describe 'A limit on what is spent' {
    BeforeAll { $server = Open-Sandbox }
    AfterAll { Close-Sandbox $server }
    BeforeEach {
        Set-NBOption -DailyBudget $null -Scope Process
        $folder = Open-Journal
        Clear-Sandbox $server
        Connect-EveryProvider $server
    }

    Context '-MaxCost' {
        It 'sends nothing more at the limit, finishes what runs, and ends with what was spent and left' {
            $images = [Collections.Generic.List[object]]::new()
            $failure = $null
            try {
                1..20 | ForEach-Object { "picture $_" } | New-NBImage -MaxCost 0.50 -ThrottleLimit 8 -OutDirectory $folder | ForEach-Object { $images.Add($_) }
            }
            catch { $failure = $_ }

            $failure.FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            $failure.Exception.Message | Should -BeLike '*spent 0.48 US dollars; 14 prompts were left*'
            $images | Should -HaveCount 6
            $images.Path | Should -Exist
            $ledger = Get-SandboxLedger $server
            $ledger.totalBilled | Should -Be 0.48
            $ledger.requests.submit | Should -Be 6
            Get-NBJob | Should -HaveCount 6
        }

        It 'is silent where there is room' {
            $null = 1..3 | ForEach-Object { "picture $_" } | New-NBImage -MaxCost 0.24 -OutDirectory $folder -ErrorVariable errors
            $errors | Should -HaveCount 0
            (Get-SandboxLedger $server).billed | Should -Be 3
        }

        It 'B3: needs -AllowUnknownPrice, and not -Force, for a price that is not known' {
            $failure = Get-ErrorOf { New-NBImage 'a fox' -Provider Apiframe -MaxCost 1 -Force -OutDirectory $folder }
            $failure.FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            $failure.Exception.Message | Should -BeLike '*-AllowUnknownPrice*'
            (Get-SandboxLedger $server).accepted | Should -Be 0

            (New-NBImage 'a fox' -Provider Apiframe -MaxCost 1 -AllowUnknownPrice -OutDirectory $folder).Provider | Should -Be 'Apiframe'
        }

        It 'takes amounts from 0 to a million only' {
            { New-NBImage 'a fox' -MaxCost -1 } | Should -Throw
            { New-NBImage 'a fox' -MaxCost 1000001 } | Should -Throw
            (Get-ErrorOf { New-NBImage 'a fox' -MaxCost 0 -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
        }

        It 'holds in the sandbox of this process too' {
            $env:NB_SANDBOX = '1'
            (Get-ErrorOf { 1..3 | New-NBImage -MaxCost 0.10 -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            Get-NBJob -Sandbox | Should -HaveCount 1
        }
    }

    Context '-DailyBudget' {
        It 'holds from command to command and says so' {
            Set-NBOption -DailyBudget 0.20
            $null = New-NBImage 'one' -OutDirectory $folder
            $null = New-NBImage 'two' -OutDirectory $folder
            $failure = Get-ErrorOf { New-NBImage 'three' -OutDirectory $folder }
            $failure.FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            $failure.Exception.Message | Should -BeLike '*daily budget of 0.20 US dollars*0.16 US dollars*UTC*1 prompt was left*'
            (Get-SandboxLedger $server).totalBilled | Should -Be 0.16
        }

        It 'counts what was made before there was a budget, and no sandbox' {
            $null = New-NBImage 'one' -OutDirectory $folder
            $null = New-NBImage 'played' -Sandbox -OutDirectory $folder
            Set-NBOption -DailyBudget 0.20 -Scope Process
            $null = New-NBImage 'played' -Sandbox -OutDirectory $folder
            $null = New-NBImage 'two' -OutDirectory $folder
            (Get-ErrorOf { New-NBImage 'three' -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
        }

        It 'is kept by 50 workers in two processes together, to the last picture that fits' {
            Set-NBOption -DailyBudget 1.00
            $script = "try { 1..40 | ForEach-Object { ""picture `$_"" } | New-NBImage -ThrottleLimit 25 -OutDirectory '$folder' | ForEach-Object Path } catch { ""`$(`$_.FullyQualifiedErrorId)"" }"
            $runs = (Start-NewPwsh $script), (Start-NewPwsh $script)
            $lines = $runs | ForEach-Object { Wait-NewPwsh $_ }

            $ledger = Get-SandboxLedger $server
            $ledger.totalBilled | Should -Be 0.96 # 12 x 0.08; one more would be 1.04.
            $ledger.requests.submit | Should -Be 12
            $lines -like 'BudgetExceeded,*' | Should -HaveCount 2
            $lines -like '*.png' | Should -HaveCount 12
        }
    }

    Context '-WhatIf' {
        It 'sends nothing, writes nothing down, and names <Sum>' -ForEach @(
            @{ Splat = @{ Count = 3 }; Sum = '3 x 0.08 = 0.24 US dollars' }
            @{ Splat = @{ Count = 3; Provider = 'Auto' }; Sum = '3 x 0.0375 = 0.1125 US dollars, at most 0.24 where another makes it' }
            @{ Splat = @{ Count = 3; Provider = 'ApiDot', 'Fal' }; Sum = '3 x 0.05 = 0.15 US dollars, at most 0.24 where another makes it' }
            @{ Splat = @{ MaxCost = 0.01 }; Sum = '1 x 0.08 = 0.08 US dollars' }
        ) {
            Remove-Item Env:FAL_KEY
            $text = Invoke-NewPwsh "Import-Module '$NBManifest'; `$splat = ConvertFrom-Json '$($Splat | ConvertTo-Json -Compress)' -AsHashtable; New-NBImage 'a fox' @splat -WhatIf"
            $text -join ' ' | Should -BeLike "*$Sum*"
            $ledger = Get-SandboxLedger $server
            $ledger.accepted | Should -Be 0
            $ledger.requests.submit | Should -Be 0
            $ledger.entries | Should -HaveCount 0
            Get-NBJob | Should -HaveCount 0
            Join-Path $env:NB_STATE_PATH 'budget' | Should -Not -Exist
        }
    }
}
