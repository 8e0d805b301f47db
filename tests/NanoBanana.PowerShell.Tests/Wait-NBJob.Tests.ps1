[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $queued = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll { Clear-NBEnvironment }

Describe 'Wait-NBJob' {
    BeforeEach { $folder = Open-Journal }

    Context 'in the sandbox of this process' {
        BeforeEach { $env:NB_SANDBOX = '1' }

        It 'waits for a job of <_>, downloads nothing and asks for no switch' -ForEach $queued {
            $job = New-NBImage 'a fox' -Provider $_ -NoWait -OutDirectory $folder
            $job | Should -BeOfType ([NanoBanana.NBJob])
            $job.State | Should -BeIn 'Submitted', 'Running'
            Remove-Item Env:NB_SANDBOX

            $ended = $job | Wait-NBJob

            $ended | Should -BeOfType ([NanoBanana.NBJob])
            $ended.Id | Should -Be $job.Id
            $ended.State | Should -Be 'Succeeded'
            (Get-NBJob $job).State | Should -Be 'Succeeded'
            Get-ChildItem $folder -Force | Should -HaveCount 0
        }

        It 'takes ids, wildcards, NBJob, NBImage and what came out of a file' {
            $jobs = 1..4 | ForEach-Object { New-NBImage "picture $_" -NoWait -OutDirectory $folder }
            $image = New-NBImage 'received' -OutDirectory $folder
            $jobs[3] | Export-Clixml "$folder/job.xml"

            (Wait-NBJob $jobs[0].Id).Id | Should -Be $jobs[0].Id
            ($jobs[1] | Wait-NBJob).Id | Should -Be $jobs[1].Id
            (Import-Clixml "$folder/job.xml" | Wait-NBJob).State | Should -Be 'Succeeded'
            ($image | Wait-NBJob).State | Should -Be 'Received'
            (Wait-NBJob *).Id | Sort-Object | Should -Be (@($jobs.Id) + $image.JobId | Sort-Object)
            (Get-NBJob).State | Should -Not -Contain 'Submitted'
        }

        It 'gives a job that is named twice once' {
            $job = New-NBImage 'a fox' -NoWait
            ($job, $job | Wait-NBJob) | Should -HaveCount 1
            (Wait-NBJob $job, $job.Id, *) | Should -HaveCount 1
        }

        It 'gives a job that failed, and no error' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected'
            $job = New-NBImage 'a fox' -NoWait -ErrorAction SilentlyContinue
            $env:NB_SANDBOX_FAULTS = $null
            $ended = Get-NBJob | Wait-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
            $ended.State | Should -Be 'Failed'
            $ended.ErrorId | Should -Be 'ContentRejected'
            $errors | Should -HaveCount 0
        }

        It 'tells an id that there is not, and waits for the others' {
            $job = New-NBImage 'a fox' -NoWait
            $ended = '01m7y4zr3x0db1hx', $job.Id | Wait-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
            $ended.Id | Should -Be $job.Id
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        }

        It 'is asked for a job, and takes no empty one' {
            (Get-Command Wait-NBJob).Parameters['Id'].ParameterSets['__AllParameterSets'].IsMandatory | Should -BeTrue
            (Get-ErrorOf { ' ' | Wait-NBJob }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $nothing = @()
            $nothing | Wait-NBJob | Should -BeNullOrEmpty
        }

        It 'bounds its parameters' {
            { Wait-NBJob x -ThrottleLimit 0 } | Should -Throw
            { Wait-NBJob x -MaximumRetryCount 101 } | Should -Throw
            { Wait-NBJob x -TimeoutSec -1 } | Should -Throw
        }

        It 'waits for several at -ThrottleLimit 1' {
            $jobs = 1..3 | ForEach-Object { New-NBImage "picture $_" -NoWait }
            ($jobs | Wait-NBJob -ThrottleLimit 1).State | Should -Be 'Succeeded', 'Succeeded', 'Succeeded'
        }

        It 'goes from the order to the picture in one pipeline' {
            $image = New-NBImage 'a poster' -NoWait -OutDirectory $folder | Wait-NBJob | Receive-NBJob
            $image.Path | Should -Exist
            Split-Path $image.Path | Should -Be $folder
        }
    }

    Context 'a job that takes long' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
            Connect-EveryProvider $server
            $slow = New-NBImage 'slow' -NoWait -OutDirectory $folder
        }

        It 'is an error JobTimedOut after -TimeoutSec that names the id and the command, and goes on' {
            $ended = $slow | Wait-NBJob -TimeoutSec 1 -ErrorVariable errors -ErrorAction SilentlyContinue
            $ended | Should -BeNullOrEmpty
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
            $errors[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
            $errors[0].TargetObject | Should -Be $slow.Id
            $errors[0].Exception.Message | Should -BeLike "*Receive-NBJob $($slow.Id) -Wait*"
            (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
            (Get-SandboxLedger $server).requests.cancel | Should -Be 0
        }

        It 'is a JobTimedOut also while somebody else has it' {
            $lock = Lock-Job $slow
            try {
                $null = $slow | Wait-NBJob -TimeoutSec 1 -ErrorVariable errors -ErrorAction SilentlyContinue
            }
            finally { $lock.Dispose() }
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
            (Get-SandboxLedger $server).requests.stream | Should -Be 0
        }

        It 'does not hold up the first of several with -Any' {
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
            $quick = New-NBImage 'quick' -NoWait

            $first = $slow, $quick | Wait-NBJob -Any -TimeoutSec 600 -ErrorVariable errors -ErrorAction SilentlyContinue

            $first.Id | Should -Be $quick.Id
            $first.State | Should -Be 'Succeeded'
            $errors | Should -HaveCount 0
            (Get-NBJob $slow).State | Should -BeIn 'Submitted', 'Running'
        }

        It 'gives one of several that have ended with -Any' {
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
            $null = 1..3 | ForEach-Object { New-NBImage "quick $_" -NoWait }
            (Get-NBJob | Wait-NBJob -Any) | Should -HaveCount 1
        }

        It 'lets Ctrl+C end the waiting; the host names the id and the command, and the job goes on' {
            $console = Open-Console "Wait-NBJob $($slow.Id)"
            try {
                Wait-Until 'it waits' { (Get-SandboxLedger $server).requests.stream -ge 1 }
                $console.Shell.Stop()
                $console.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $console.Host.Warnings | Should -HaveCount 1
                $console.Host.Warnings | Should -BeLike "*Get-NBJob $($slow.Id) | Receive-NBJob -Wait*"
            }
            finally { Close-Console $console }
            (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
            (Get-SandboxLedger $server).requests.cancel | Should -Be 0
        }

        It 'is named by Ctrl+C also while somebody else has it' {
            $lock = Lock-Job $slow
            $console = Open-Console "Wait-NBJob $($slow.Id) -Verbose"
            try {
                Wait-Until 'it waits' { $console.Shell.Streams.Verbose | Where-Object Message -Like '*works on it; waiting*' }
                $console.Shell.Stop()
                "$($console.Host.Warnings)" | Should -BeLike "*Get-NBJob $($slow.Id) | Receive-NBJob -Wait*"
            }
            finally {
                Close-Console $console
                $lock.Dispose()
            }
        }

        It 'waits for the process that has it, and for its end' {
            $lock = Lock-Job $slow
            $console = Open-Console "Wait-NBJob $($slow.Id) -Verbose"
            try {
                Wait-Until 'it waits' { $console.Shell.Streams.Verbose | Where-Object Message -Like '*works on it; waiting*' }
                Set-JobState $slow 'Succeeded'
                $lock.Dispose()
                $null = $console.Shell.EndInvoke($console.Running)
                $console.Output[0].State | Should -Be 'Succeeded'
                (Get-SandboxLedger $server).requests.stream | Should -Be 0
            }
            finally {
                Close-Console $console
                $lock.Dispose()
            }
        }
    }

    Context 'the provider and the key' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            Connect-EveryProvider $server
        }

        It 'leaves a job as it is when the provider cannot be asked, and says not to order it again' {
            $job = New-NBImage 'a fox' -NoWait
            Set-SandboxFault $server 'any:500*'
            $null = $job | Wait-NBJob -MaximumRetryCount 0 -ErrorVariable errors -ErrorAction SilentlyContinue
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'ProviderUnavailable,*'
            $errors[0].Exception.Message | Should -BeLike "*do not order it again*Receive-NBJob $($job.Id) -Wait*"
            Set-SandboxFault $server ''
            ($job | Wait-NBJob).State | Should -Be 'Succeeded'
        }

        It 'repeats as often as -MaximumRetryCount says' {
            $job = New-NBImage 'a fox' -NoWait
            Set-SandboxFault $server 'stream:nostream, status:500'
            ($job | Wait-NBJob -MaximumRetryCount 1).State | Should -Be 'Succeeded'
        }

        It 'tells a key that is missing, and takes -ApiKey' {
            $job = New-NBImage 'a fox' -NoWait
            Remove-Item Env:FAL_KEY
            (Get-ErrorOf { $job | Wait-NBJob }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
            ($job | Wait-NBJob -ApiKey (ConvertTo-SecureString 'canary' -AsPlainText -Force)).State | Should -Be 'Succeeded'
        }

        It 'gives -ApiKey to one company only' {
            $jobs = @(New-NBImage 'one' -NoWait) + @(New-NBImage 'two' -Provider ApiDot -NoWait)
            Remove-Item Env:FAL_KEY, Env:APIDOT_API_KEY
            $key = ConvertTo-SecureString 'key-of-fal' -AsPlainText -Force

            $ended = $jobs | Wait-NBJob -ApiKey $key -ErrorVariable errors -ErrorAction SilentlyContinue

            $ended.Provider | Should -Be 'Fal'
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
            $errors[0].Exception.Message | Should -BeLike '*APIDOT_API_KEY*'
        }
    }
}
