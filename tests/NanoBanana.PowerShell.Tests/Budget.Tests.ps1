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
        It 'B3: is refused where it is <Name>, which would be another limit or none' -ForEach @(
            @{ Name = 'a number of another culture'; Value = '2,5' }
            @{ Name = 'empty'; Value = '' }
            @{ Name = '$null'; Value = $null }
        ) {
            { New-NBImage 'a fox' -MaxCost $Value -OutDirectory $folder } | Should -Throw -ErrorId '*,NanoBanana.PowerShell.Commands.NewNBImageCommand'
        }

        It 'B4: sends nothing more at the limit, finishes what runs, keeps the objects, and ends with one error' {
            $images = 1..20 | ForEach-Object { "picture $_" } | New-NBImage -MaxCost 0.50 -ThrottleLimit 8 -OutDirectory $folder -ErrorVariable errors -ErrorAction SilentlyContinue

            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            $errors[0].Exception.Message | Should -BeLike '*-MaxCost 0.50: 0.48 is spent or reserved; 14 prompts were not submitted.*'
            $errors[0].TargetObject | Should -HaveCount 14
            $images | Should -HaveCount 6
            $images.Path | Should -Exist
            $ledger = Get-SandboxLedger $server
            $ledger.totalBilled | Should -Be 0.48
            $ledger.requests.submit | Should -Be 6
            Get-NBJob | Should -HaveCount 6
        }

        It 'B4: has the rows that were not submitted, and a cheaper row after the first refusal is not tried' {
            $rows = [pscustomobject]@{ Prompt = 'a'; Resolution = '1K' }, [pscustomobject]@{ Prompt = 'b'; Resolution = '4K' }, [pscustomobject]@{ Prompt = 'c'; Resolution = '0.5K' }
            $images = $rows | New-NBImage -MaxCost 0.20 -ThrottleLimit 1 -OutDirectory $folder -ErrorVariable errors -ErrorAction SilentlyContinue

            $images | Should -HaveCount 1
            $errors | Should -HaveCount 1
            @($errors[0].TargetObject) | Should -HaveCount 2
        }

        It 'B4: names what was made where the error preference is Stop' {
            $failure = $null
            try { $null = 1..5 | ForEach-Object { "fox $_" } | New-NBImage -MaxCost 0.20 -OutDirectory $folder -ErrorAction Stop }
            catch { $failure = $_ }

            $failure.FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'
            $line = [regex]::Match($failure.Exception.Message, 'Get-NBJob [0-9a-z,]+').Value
            (& ([scriptblock]::Create($line))).State | Should -Be 'Received', 'Received'
        }

        It 'B5: says what is spent, what is reserved and why' {
            Set-SandboxFault $server 'submit:rejected*3'
            $failure = 1..5 | ForEach-Object { "fox $_" } | New-NBImage -MaxCost 0.32 -ThrottleLimit 1 -OutDirectory $folder 2>&1 | Where-Object FullyQualifiedErrorId -Like 'BudgetExceeded,*'
            Set-SandboxFault $server ''

            $failure.Exception.Message | Should -BeLike '*0.32 is spent or reserved; 1 prompt was not submitted. This command spent 0.08 and reserved 0.24 for 3 jobs that brought no image and may still be charged.*'
        }

        It 'B6: submits nothing after an error where the error preference is Stop' {
            Set-SandboxFault $server 'submit:rejected@1'
            { 'a', 'b' | New-NBImage -ErrorAction Stop -ThrottleLimit 1 -OutDirectory $folder } | Should -Throw -ErrorId 'ContentRejected,*'
            Set-SandboxFault $server ''

            (Get-SandboxLedger $server).requests.submit | Should -Be 1
            Get-NBJob | Should -HaveCount 1
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
            $failure.Exception.Message | Should -BeLike '*daily budget 0.20: 0.16 is spent or reserved today (UTC)*1 prompt was not submitted*'
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
            $script = "1..40 | ForEach-Object { ""picture `$_"" } | New-NBImage -ThrottleLimit 25 -OutDirectory '$folder' 2>&1 | ForEach-Object { `$_.Path ?? `$_.FullyQualifiedErrorId }"
            $runs = (Start-NewPwsh $script), (Start-NewPwsh $script)
            $lines = $runs | ForEach-Object { Wait-NewPwsh $_ }

            $ledger = Get-SandboxLedger $server
            $ledger.totalBilled | Should -Be 0.96 # 12 x 0.08; one more would be 1.04.
            $ledger.requests.submit | Should -Be 12
            $lines -like 'BudgetExceeded,*' | Should -HaveCount 2
            $lines -like '*.png' | Should -HaveCount 12
        }
    }

    Context 'kill -9' {
        It 'B7: what was certainly not sent holds nothing of the daily budget' {
            Set-NBOption -DailyBudget 0.20
            $run = Start-NewPwsh "1..2 | ForEach-Object { ""fox `$_"" } | New-NBImage -OutDirectory '$folder'"
            Wait-Until 'both jobs are sent' { @(Get-NBJob).Count -eq 2 }
            $null = Wait-NewPwsh $run
            foreach ($file in Get-JournalFile) {
                $text = Get-Content $file -Raw
                [IO.File]::WriteAllText($file, ($text -replace '"state":"\w+"', '"state":"Intent"' -replace '"sendStarted":true', '"sendStarted":false' -replace '"remote":\{[^}]*\},'))
            }

            New-NBImage 'three' -OutDirectory $folder | Should -HaveCount 1
            (Get-NBJob -State Failed) | Should -HaveCount 2
            (Get-NBJob -State Failed).Cost | Should -Be 0, 0
        }

        It 'B7: Remove-NBJob gives back what an intent holds' {
            Set-NBOption -DailyBudget 0.08
            $job = New-NBImage 'one' -NoWait -OutDirectory $folder
            $file = Get-JournalFile
            $text = Get-Content $file -Raw
            [IO.File]::WriteAllText($file, ($text -replace '"state":"\w+"', '"state":"Intent"' -replace '"remote":\{[^}]*\},'))
            (Get-ErrorOf { New-NBImage 'two' -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'BudgetExceeded,*'

            Remove-NBJob $job.Id -Force

            New-NBImage 'three' -OutDirectory $folder | Should -HaveCount 1
        }
    }

    Context '-WhatIf' {
        It 'names the total of the whole batch once, against both limits' {
            Set-NBOption -DailyBudget 1.00
            $null = New-NBImage 'one' -OutDirectory $folder
            $text = Invoke-NewPwsh "Import-Module '$NBManifest'; 1..5 | New-NBImage -Count 2 -MaxCost 0.40 -WhatIf"

            @($text -like 'What if: Total:*') | Should -HaveCount 1
            @($text)[-1] | Should -Be 'What if: Total: 10 images for 5 prompts, 0.80 US dollars. -MaxCost 0.40: 3 prompts would not be submitted. Daily budget 1.00: 0.08 is spent or reserved today (UTC), enough.'
            (Get-SandboxLedger $server).requests.submit | Should -Be 1
        }

        It 'sends nothing, writes nothing down, and names <Sum>' -ForEach @(
            @{ Splat = @{ Count = 3 }; Sum = '3 x 0.08 = 0.24 US dollars' }
            @{ Splat = @{ Count = 3; Provider = 'Auto' }; Sum = '3 x 0.0375 = 0.1125 US dollars, at most 0.24 where another makes it' }
            @{ Splat = @{ Count = 3; Provider = 'ApiDot', 'Fal' }; Sum = '3 x 0.05 = 0.15 US dollars, at most 0.24 where another makes it' }
            @{ Splat = @{ MaxCost = 0.01 }; Sum = '1 x 0.08 = 0.08 US dollars' }
        ) {
            Remove-Item Env:FAL_KEY
            $text = Invoke-OtherPwsh "Import-Module '$NBManifest'; `$splat = ConvertFrom-Json '$($Splat | ConvertTo-Json -Compress)' -AsHashtable; New-NBImage 'a fox' @splat -WhatIf"
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
