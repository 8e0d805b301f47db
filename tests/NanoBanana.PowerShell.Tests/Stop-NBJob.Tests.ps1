[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll { Clear-NBEnvironment }

Describe 'Stop-NBJob' {
    BeforeAll { $server = Open-Sandbox }
    AfterAll { Close-Sandbox $server }
    BeforeEach {
        $folder = Open-Journal
        Clear-Sandbox $server
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
        Connect-EveryProvider $server
    }

    It 'cancels a job at Fal, and shows what the provider then says' {
        $job = New-NBImage 'a fox' -NoWait
        $stopped = Stop-NBJob $job.Id

        $stopped | Should -BeOfType ([NanoBanana.NBJob])
        $stopped.Id | Should -Be $job.Id
        $stopped.State | Should -Be 'Cancelled'
        (Get-NBJob).State | Should -Be 'Cancelled'
        $ledger = Get-SandboxLedger $server
        $ledger.requests.cancel | Should -Be 1
        $ledger.cancelled | Should -Be 1
        $ledger.billed | Should -Be 0
    }

    It 'finds its way to the sandbox without the switch' {
        $env:NB_SANDBOX_LATENCY_MS = '120000'
        $job = New-NBImage 'a fox' -Sandbox -NoWait
        ($job | Stop-NBJob).State | Should -Be 'Cancelled'
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
    }

    It 'takes ids, wildcards, NBJob and what came out of a file' {
        $jobs = 1..4 | ForEach-Object { New-NBImage "picture $_" -NoWait }
        $jobs[2] | Export-Clixml "$folder/job.xml"
        (Stop-NBJob $jobs[0].Id).State | Should -Be 'Cancelled'
        ($jobs[1] | Stop-NBJob).State | Should -Be 'Cancelled'
        (Import-Clixml "$folder/job.xml" | Stop-NBJob).State | Should -Be 'Cancelled'
        (Get-NBJob -State Submitted, Running | Stop-NBJob).Id | Should -Be $jobs[3].Id
        (Get-SandboxLedger $server).cancelled | Should -Be 4
        Stop-NBJob * | Should -BeNullOrEmpty
        (Get-SandboxLedger $server).requests.cancel | Should -Be 4
    }

    It 'says that nothing would be cancelled with -WhatIf' {
        $job = New-NBImage 'a fox' -NoWait
        $job | Stop-NBJob -WhatIf | Should -BeNullOrEmpty
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
        (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
    }

    It 'asks with -Confirm, and takes no for an answer' {
        $job = New-NBImage 'a fox' -NoWait
        $console = Open-Console "Stop-NBJob $($job.Id) -Confirm"
        try { $null = $console.Shell.EndInvoke($console.Running) }
        finally { Close-Console $console }
        $console.Host.Question | Should -BeLike "*Cancel at the provider*$($job.Id)*"
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
    }

    It 'says that it was too late, and the picture is there to be fetched' {
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
        $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
        Wait-Until 'it has ended' { (Get-SandboxLedger $server).billed -eq 1 }

        $stopped = $job | Stop-NBJob -WarningVariable warnings -WarningAction SilentlyContinue

        "$warnings" | Should -BeLike "*$($job.Id)*ALREADY_COMPLETED*Receive-NBJob $($job.Id)*"
        $stopped.State | Should -Be 'Succeeded'
        ($stopped | Receive-NBJob).Path | Should -Exist
        (Get-SandboxLedger $server).cancelled | Should -Be 0
    }

    It 'asks nobody about a job that has ended' {
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
        $image = New-NBImage 'a fox' -OutDirectory $folder
        $job = $image | Stop-NBJob -WarningVariable warnings -WarningAction SilentlyContinue
        $job.State | Should -Be 'Received'
        "$warnings" | Should -BeLike '*has ended already (Received)*'
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
    }

    It 'passes over what has ended when it came by a wildcard, and stops the rest' {
        $ended = 'a fox', 'a cat' | New-NBImage -NoWait | Stop-NBJob
        $open = New-NBImage 'a dog' -NoWait
        $all = Stop-NBJob * -Verbose -WarningVariable warnings 4>&1
        ($all | Where-Object { $_ -is [NanoBanana.NBJob] }).Id | Should -Be $open.Id
        $warnings | Should -BeNullOrEmpty
        $said = ($all | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Message -join "`n"
        foreach ($job in $ended) { $said | Should -BeLike "*$($job.Id) has ended already*" }
    }

    It 'refuses a job of <_>, which documents no way to cancel' -ForEach 'ApiDot', 'Apiframe', 'ApiMaster' {
        $job = New-NBImage 'a fox' -Provider $_ -NoWait
        $records = Get-ErrorOf { $job | Stop-NBJob }
        $records | Should -HaveCount 1
        $records[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $records[0].Exception.Message | Should -BeLike "*$_ documents no way to cancel*"
        (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
    }

    It 'cancels the others when one is refused' {
        $jobs = @(New-NBImage 'one' -Provider ApiDot -NoWait) + @(New-NBImage 'two' -NoWait)
        $stopped = $jobs | Stop-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
        $stopped.Id | Should -Be $jobs[1].Id
        $errors | Should -HaveCount 1
    }

    It 'tells a job that was perhaps never taken' {
        Set-SandboxFault $server 'submit:500'
        $null = New-NBImage 'a fox' -ErrorAction SilentlyContinue
        (Get-ErrorOf { Get-NBJob | Stop-NBJob }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
    }

    It 'tells an id that there is not' {
        (Get-ErrorOf { Stop-NBJob 01m7y4zr3x0db1hx }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
    }

    It 'tells a key that is missing, and gives -ApiKey to one company only' {
        $job = New-NBImage 'a fox' -NoWait
        Remove-Item Env:FAL_KEY
        (Get-ErrorOf { $job | Stop-NBJob }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        ($job | Stop-NBJob -ApiKey (ConvertTo-SecureString 'canary' -AsPlainText -Force)).State | Should -Be 'Cancelled'
    }

    It 'lets a command that waits learn of it' {
        $job = New-NBImage 'a fox' -NoWait
        $console = Open-Console "Wait-NBJob $($job.Id)"
        try {
            Wait-Until 'it waits' { (Get-SandboxLedger $server).requests.stream -ge 1 }
            $null = $job | Stop-NBJob -ErrorAction SilentlyContinue
            $null = $console.Shell.EndInvoke($console.Running)
            $console.Output[0].State | Should -Be 'Cancelled'
        }
        finally { Close-Console $console }
        (Get-NBJob).State | Should -Be 'Cancelled'
    }
}

Describe '-CancelOnStop of New-NBImage' {
    BeforeAll { $server = Open-Sandbox }
    AfterAll { Close-Sandbox $server }
    BeforeEach {
        $folder = Open-Journal
        Clear-Sandbox $server
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
        Connect-EveryProvider $server
    }

    It 'asks the provider to cancel when the command is stopped' {
        $console = Open-Console "New-NBImage 'a fox', 'a cat' -CancelOnStop -OutDirectory '$folder'"
        try {
            Wait-Until 'both wait' { (Get-SandboxLedger $server).requests.stream -ge 2 }
            $console.Shell.Stop()
        }
        finally { Close-Console $console }
        Wait-Until 'both are cancelled' { (Get-SandboxLedger $server).cancelled -eq 2 }
        (Get-SandboxLedger $server).requests.cancel | Should -Be 2
        (Get-NBJob -Refresh -ErrorAction SilentlyContinue).State | Should -Be 'Cancelled', 'Cancelled'
    }

    It 'asks nobody without it, and the host names the jobs and the command' {
        $console = Open-Console "New-NBImage 'a fox' -OutDirectory '$folder'"
        try {
            Wait-Until 'it waits' { (Get-SandboxLedger $server).requests.stream -ge 1 }
            $console.Shell.Stop()
            $console.Host.Warnings | Should -HaveCount 1
            $console.Host.Warnings | Should -BeLike "*Get-NBJob $((Get-NBJob).Id) | Receive-NBJob -Wait"
        }
        finally { Close-Console $console }
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
        (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
    }

    It 'asks the provider to cancel when the time is over' {
        $record = Get-ErrorOf { New-NBImage 'a fox' -CancelOnStop -TimeoutSec 1 -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
        $record.Exception.Message | Should -BeLike '*Fal was asked to cancel it*'
        (Get-SandboxLedger $server).cancelled | Should -Be 1
    }

    It 'leaves the job to be resumed when the time is over without it' {
        $record = Get-ErrorOf { New-NBImage 'a fox' -TimeoutSec 1 -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
        $record.Exception.Message | Should -BeLike "*Receive-NBJob $((Get-NBJob).Id) -Wait*"
        (Get-SandboxLedger $server).requests.cancel | Should -Be 0
        (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
    }

    It 'is refused for <_>, which cannot cancel, before anything is sent' -ForEach 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs' {
        $record = Get-ErrorOf { New-NBImage 'a fox' -Provider $_ -CancelOnStop -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Parameter | Should -Be 'CancelOnStop'
        $record.Exception.Message | Should -BeLike '*Fal does*'
        (Get-SandboxLedger $server).accepted | Should -Be 0
        Get-NBJob | Should -BeNullOrEmpty
    }

    It 'is known to Edit-NBImage too' {
        $record = Get-ErrorOf { Edit-NBImage 'at night' -Image 'https://example.com/shoe.jpg' -Provider ApiDot -CancelOnStop -OutDirectory $folder }
        $record.Exception.Parameter | Should -Be 'CancelOnStop'
        $record = Get-ErrorOf { Edit-NBImage 'at night' -Image 'https://example.com/shoe.jpg' -CancelOnStop -TimeoutSec 1 -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
        (Get-SandboxLedger $server).cancelled | Should -Be 1
    }

    It 'contradicts -NoWait' {
        (Get-ErrorOf { New-NBImage 'a fox' -NoWait -CancelOnStop }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
    }
}

Describe '-NoWait of New-NBImage' {
    BeforeEach {
        $folder = Open-Journal
        $env:NB_SANDBOX = '1'
    }

    It 'gives a job for each request at once, and writes no file' {
        $env:NB_SANDBOX_LATENCY_MS = '120000'
        $jobs = 'one', 'two' | New-NBImage -NoWait -OutDirectory $folder
        $jobs | Should -HaveCount 2
        $jobs | Should -BeOfType ([NanoBanana.NBJob])
        $jobs.RemoteId | Where-Object { -not $_ } | Should -HaveCount 0
        (Get-NBJob).State | Should -Be 'Submitted', 'Submitted'
        Get-ChildItem $folder -Force | Should -HaveCount 0
    }

    It 'gives as many jobs as pictures where the provider makes one a request' {
        (New-NBImage 'a fox' -Provider ApiDot -Count 3 -NoWait) | Should -HaveCount 3
    }

    It 'is refused for Prospolabs, which has no queue' {
        $record = Get-ErrorOf { New-NBImage 'a fox' -Provider Prospolabs -NoWait }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*Fal, ApiDot, Apiframe and ApiMaster do*'
        Get-NBJob | Should -BeNullOrEmpty
    }

    It 'contradicts -Direct' {
        (Get-ErrorOf { New-NBImage 'a fox' -NoWait -Direct }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
    }

    It 'tells a refused order as an error, and gives no job' {
        $env:NB_SANDBOX_FAULTS = 'submit:credits'
        $jobs = New-NBImage 'a fox' -NoWait -ErrorVariable errors -ErrorAction SilentlyContinue
        $jobs | Should -BeNullOrEmpty
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'InsufficientCredits,*'
        (Get-NBJob).State | Should -Be 'Failed'
    }

    It 'orders nothing with -WhatIf' {
        New-NBImage 'a fox' -NoWait -WhatIf | Should -BeNullOrEmpty
        Get-NBJob | Should -BeNullOrEmpty
    }
}
