[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll { Clear-NBEnvironment }

Describe 'Receive-NBJob' {
    BeforeEach { $folder = Open-Journal }

    Context 'in the sandbox of this process' {
        BeforeEach { $env:NB_SANDBOX = '1' }

        It 'gives the very objects that New-NBImage gives, for <_>' -ForEach 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster' {
            $image = New-NBImage 'a fox' -Provider $_ -Resolution 1K -NoWait -OutDirectory $folder | Receive-NBJob -Wait

            $image | Should -BeOfType ([NanoBanana.NBImage])
            $image.Provider | Should -Be $_
            $image.Prompt | Should -Be 'a fox'
            $image.Sandbox | Should -BeTrue
            Split-Path $image.Path | Should -Be $folder
            (Get-Item $image.Path).Length | Should -Be $image.Length
            $job = Get-NBJob $image
            $job.State | Should -Be 'Received'
            $job.Path | Should -Be $image.Path
            Get-ChildItem $folder -Force | Should -HaveCount 1
        }

        It 'puts the pictures where the order said' {
            $job = New-NBImage 'a fox' -NoWait -Count 2 -OutFile (Join-Path $folder 'fox.png')
            $images = $job | Receive-NBJob -Wait
            $images.Path | Sort-Object | Should -Be (Join-Path $folder 'fox-1.png'), (Join-Path $folder 'fox-2.png')
            $images.Index | Sort-Object | Should -Be 0, 1
        }

        It 'puts the pictures into -OutDirectory instead, relative paths too' {
            $jobs = 1..2 | ForEach-Object { New-NBImage "picture $_" -NoWait -OutDirectory $folder -FileNameFormat '{slug}' }
            $other = Join-Path $folder 'other'
            $null = $jobs[0] | Receive-NBJob -Wait -OutDirectory $other
            Push-Location $folder
            try { $null = $jobs[1] | Receive-NBJob -Wait -OutDirectory other }
            finally { Pop-Location }
            (Get-ChildItem $other).Name | Should -Be 'picture-1.png', 'picture-2.png'
        }

        It 'refuses an -OutDirectory that is no folder of files' {
            $job = New-NBImage 'a fox' -NoWait
            (Get-ErrorOf { $job | Receive-NBJob -OutDirectory 'Env:\x' }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        }

        It 'takes ids, wildcards, NBJob, NBImage and what came out of a file, each once' {
            $jobs = 1..4 | ForEach-Object { New-NBImage "picture $_" -NoWait -OutDirectory $folder }
            $jobs[2] | Export-Clixml "$folder/job.xml"

            (Receive-NBJob $jobs[0].Id -Wait).JobId | Should -Be $jobs[0].Id
            ($jobs[1], $jobs[1] | Receive-NBJob -Wait).JobId | Should -Be $jobs[1].Id
            $image = Import-Clixml "$folder/job.xml" | Receive-NBJob -Wait
            $image.JobId | Should -Be $jobs[2].Id
            ($image | Receive-NBJob -WarningAction SilentlyContinue).Path | Should -Be $image.Path
            (Receive-NBJob * -Wait -WarningAction SilentlyContinue).JobId | Sort-Object | Should -Be ($jobs.Id | Sort-Object)
            Get-ChildItem $folder -Filter *.png | Should -HaveCount 4
        }

        It 'says the second time that it was received, and gives the same objects' {
            $first = New-NBImage 'a fox' -OutDirectory $folder
            $written = (Get-Item $first.Path).LastWriteTimeUtc

            $second = Receive-NBJob $first.JobId -WarningVariable warnings -WarningAction SilentlyContinue

            "$warnings" | Should -BeLike "*$($first.JobId) was received before*-Force*"
            ($second | ConvertTo-Json -Depth 4) | Should -Be ($first | ConvertTo-Json -Depth 4)
            (Get-Item $first.Path).LastWriteTimeUtc | Should -Be $written
            Get-ChildItem $folder | Should -HaveCount 1
        }

        It 'says that the file is gone, and fetches it again with -Force' {
            $first = New-NBImage 'a fox' -OutDirectory $folder
            $hash = (Get-FileHash $first.Path).Hash
            Remove-Item $first.Path

            $null = Receive-NBJob $first.JobId -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*is no longer there*'
            $first.Path | Should -Not -Exist

            $again = Receive-NBJob $first.JobId -Force -WarningVariable warnings
            $warnings | Should -HaveCount 0
            $again.Path | Should -Be $first.Path
            (Get-FileHash $again.Path).Hash | Should -Be $hash
        }

        It 'does not write over a file with -Force' {
            $first = New-NBImage 'a fox' -OutDirectory $folder
            [IO.File]::WriteAllText($first.Path, 'my own')

            $again = Receive-NBJob $first.JobId -Force

            $again.Path | Should -Not -Be $first.Path
            $again.Path | Should -Exist
            [IO.File]::ReadAllText($first.Path) | Should -Be 'my own'
        }

        It 'leaves a file that holds the same picture with -Force' {
            $first = New-NBImage 'a fox' -OutDirectory $folder
            (Receive-NBJob $first.JobId -Force).Path | Should -Be $first.Path
            Get-ChildItem $folder -Force | Should -HaveCount 1
        }

        It 'fetches with -Force what was ordered with -NoDownload' {
            $first = New-NBImage 'a fox' -NoDownload -OutDirectory $folder
            $first.Path | Should -BeNullOrEmpty
            (Get-NBJob).State | Should -Be 'Received'
            (Receive-NBJob $first.JobId -Force).Path | Should -Exist
        }

        It 'tells a job that failed with its own error' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected'
            $null = New-NBImage 'a fox' -OutDirectory $folder -ErrorAction SilentlyContinue
            $env:NB_SANDBOX_FAULTS = $null
            $record = Get-ErrorOf { Get-NBJob | Receive-NBJob -Wait }
            $record.FullyQualifiedErrorId | Should -BeLike 'ContentRejected,*'
            $record.TargetObject | Should -Be 'a fox'
        }

        It 'tells a cancelled job' {
            $env:NB_SANDBOX_LATENCY_MS = '120000'
            $job = New-NBImage 'a fox' -NoWait
            $null = $job | Stop-NBJob
            (Get-ErrorOf { $job | Receive-NBJob -Wait }).FullyQualifiedErrorId | Should -BeLike 'JobCancelled,*'
        }

        It 'tells an id that there is not, and fetches the others' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            $images = '01m7y4zr3x0db1hx', $job.Id | Receive-NBJob -Wait -ErrorVariable errors -ErrorAction SilentlyContinue
            $images.JobId | Should -Be $job.Id
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        }

        It 'says which process has it' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            $lock = Lock-Job $job
            try { $record = Get-ErrorOf { $job | Receive-NBJob } }
            finally { $lock.Dispose() }
            $record.FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
            $record.Exception.Message | Should -BeLike "*being worked on by process $PID*"
        }

        It 'gives pictures to Edit-NBImage' {
            $edited = New-NBImage 'a fox' -NoWait -OutDirectory $folder | Receive-NBJob -Wait | Edit-NBImage 'at night' -OutDirectory $folder
            $edited.Path | Should -Exist
        }

        It 'fetches what Edit-NBImage ordered' {
            $shoe = New-NBImage 'a shoe' -OutDirectory $folder
            $job = $shoe | Edit-NBImage 'at night' -NoWait -OutDirectory $folder
            $job.Operation | Should -Be 'Edit'
            ($job | Receive-NBJob -Wait).Path | Should -Exist
        }
    }

    Context 'against a provider' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
            Connect-EveryProvider $server
        }

        It 'looks once and says what to do when the job has not ended' {
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            $record = Get-ErrorOf { $job | Receive-NBJob }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike "*Receive-NBJob $($job.Id) -Wait*"
            (Get-SandboxLedger $server).requests.status | Should -Be 1
            (Get-SandboxLedger $server).requests.stream | Should -Be 0
        }

        It 'is over after -TimeoutSec; the message names the id and the command, and the job goes on' {
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            $records = Get-ErrorOf { $job | Receive-NBJob -Wait -TimeoutSec 1 }
            $records | Should -HaveCount 1
            $records[0].FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
            $records[0].Exception.Message | Should -BeLike "*Receive-NBJob $($job.Id) -Wait*"
            (Get-NBJob).State | Should -BeIn 'Submitted', 'Running'
        }

        It 'tells the time that is over also while the picture is downloaded' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            Set-SandboxFault $server 'download:slow=120000'
            $records = Get-ErrorOf { $job | Receive-NBJob -Wait -TimeoutSec 2 }
            $records | Should -HaveCount 1
            $records[0].FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
            $records[0].Exception.Message | Should -BeLike "*not lost*Receive-NBJob $($job.Id)*"
            Get-ChildItem $folder -Force | Should -HaveCount 0
            ($job | Receive-NBJob -Wait).Path | Should -Exist
        }

        It 'lets Ctrl+C end <While>; the host names the id and the command, and the next one goes on' -ForEach @(
            @{ While = 'the waiting'; Faults = 'stream:slow=120000'; Reached = { (Get-SandboxLedger $server).requests.stream -ge 1 } }
            @{ While = 'the download'; Faults = 'download:slow=120000'; Reached = { (Get-SandboxLedger $server).requests.download -ge 1 } }
        ) {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            Set-SandboxFault $server $Faults
            $console = Open-Console "Receive-NBJob $($job.Id) -Wait"
            try {
                Wait-Until 'it is there' $Reached
                $console.Shell.Stop()
                $console.Host.Warnings | Should -HaveCount 1
                $console.Host.Warnings | Should -BeLike "*Get-NBJob $($job.Id) | Receive-NBJob -Wait"
                $console.Output | Should -HaveCount 0
            }
            finally { Close-Console $console }
            Get-ChildItem $folder -Force | Should -HaveCount 0

            Set-SandboxFault $server ''
            ($job | Receive-NBJob -Wait).Path | Should -Exist
            $ledger = Get-SandboxLedger $server
            $ledger.billed | Should -Be 1
            $ledger.requests.submit | Should -Be 1
        }

        It 'refuses an -OutDirectory that cannot be made, and the job stays as it was' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            $file = Join-Path $folder 'a file'
            [IO.File]::WriteAllText($file, '')
            $record = Get-ErrorOf { $job | Receive-NBJob -Wait -OutDirectory $file }
            $record.FullyQualifiedErrorId | Should -BeLike 'OutputWriteFailed,*'
            $record.Exception.Parameter | Should -Be 'OutDirectory'
            (Get-SandboxLedger $server).requests.download | Should -Be 0
            Split-Path ($job | Receive-NBJob -Wait).Path | Should -Be $folder
        }

        It 'leaves the picture at the provider when its folder cannot be written, and fetches the others' {
            $gone = Join-Path $folder 'gone'
            $jobs = @(New-NBImage 'one' -NoWait -OutDirectory $gone) + @(New-NBImage 'two' -NoWait -OutDirectory $folder)
            Remove-Item $gone
            [IO.File]::WriteAllText($gone, 'a file now')

            $image = $jobs | Receive-NBJob -Wait -ErrorVariable errors -ErrorAction SilentlyContinue

            $image.JobId | Should -Be $jobs[1].Id
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'OutputWriteFailed,*'
            $errors[0].Exception.Message | Should -BeLike "*not lost*Receive-NBJob $($jobs[0].Id)*"
            (Get-NBJob $jobs[0]).State | Should -Be 'Succeeded'

            Remove-Item $gone
            ($jobs[0] | Receive-NBJob).Path | Should -BeLike "$gone*"
        }

        It 'keeps what came before a broken download' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            Set-SandboxFault $server 'download:reset*2'
            ($job | Receive-NBJob -Wait).Path | Should -Exist
        }

        It 'tells an address that serves no more' {
            $job = New-NBImage 'a fox' -NoWait -OutDirectory $folder
            Set-SandboxFault $server 'download:expired*'
            (Get-ErrorOf { $job | Receive-NBJob -Wait }).FullyQualifiedErrorId | Should -BeLike 'OutputExpired,*'
            (Get-NBJob).State | Should -Be 'Expired'
            Set-SandboxFault $server ''
            ($job | Receive-NBJob -Force).Path | Should -Exist
        }

        It 'gives -ApiKey to one company only' {
            $jobs = @(New-NBImage 'one' -Provider ApiDot -NoWait -OutDirectory $folder) + @(New-NBImage 'two' -NoWait -OutDirectory $folder)
            Remove-Item Env:FAL_KEY, Env:APIDOT_API_KEY
            $key = ConvertTo-SecureString 'key-of-apidot' -AsPlainText -Force
            $images = $jobs | Receive-NBJob -Wait -ApiKey $key -ErrorVariable errors -ErrorAction SilentlyContinue
            $images.Provider | Should -Be 'ApiDot'
            $errors.FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        }
    }

    Context 'across processes' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            Connect-EveryProvider $server
        }

        It 'receives here what another process ordered with -NoWait from <_>' -ForEach 'Fal', 'Apiframe' {
            $id = Invoke-NewPwsh "Import-Module '$NBManifest'; (New-NBImage 'a poster' -Provider $_ -NoWait -OutDirectory '$folder').Id"
            $image = Receive-NBJob $id -Wait
            Split-Path $image.Path | Should -Be $folder
            $image.JobId | Should -Be $id
            (Get-SandboxLedger $server).billed | Should -Be 1
        }

        It 'goes on after a process that was killed while <While>: one bill, one picture' -ForEach @(
            @{ While = 'submitting'; Faults = 'submit:lost, submit:slow=120000*@2'; Reached = { (Get-SandboxLedger $server).accepted -ge 1 } }
            @{ While = 'waiting'; Faults = 'stream:slow=120000'; Reached = { (Get-SandboxLedger $server).requests.stream -ge 1 } }
            @{ While = 'downloading'; Faults = 'download:slow=120000'; Reached = { (Get-SandboxLedger $server).requests.download -ge 1 } }
        ) {
            Set-SandboxFault $server $Faults
            $run = Start-NewPwsh "New-NBImage 'a fox' -Provider $($While -eq 'submitting' ? 'Apiframe' : 'Fal') -OutDirectory '$folder'"
            Wait-Until "it is $While" $Reached
            Stop-NewPwsh $run
            Set-SandboxFault $server ''
            Get-ChildItem $folder -File | Should -HaveCount 0
            (Get-NBJob).State | Should -BeIn 'Intent', 'Submitted', 'Running', 'Succeeded'

            $image = Get-NBJob -State Intent, Submitted, Running, Succeeded | Receive-NBJob -Wait

            $image.Path | Should -Exist
            (Get-ChildItem $folder -Force).FullName | Should -Be $image.Path
            $ledger = Get-SandboxLedger $server
            $ledger.accepted | Should -Be 1
            $ledger.billed | Should -Be 1
        }

        It 'says honestly that a submit may have been taken when its process was killed before the answer' {
            Set-SandboxFault $server 'submit:slow=120000*'
            $run = Start-NewPwsh "New-NBImage 'a fox' -OutDirectory '$folder'"
            Wait-Until 'it is submitting' { (Get-SandboxLedger $server).requests.submit -ge 1 }
            Stop-NewPwsh $run
            Set-SandboxFault $server ''

            # It is looked up, found nowhere, and not sent again.
            $record = Get-ErrorOf { Get-NBJob | Receive-NBJob -Wait }
            $record.FullyQualifiedErrorId | Should -BeLike 'SubmitOutcomeUnknown,*'
            (Get-NBJob).State | Should -Be 'SubmitOutcomeUnknown'
            (Get-SandboxLedger $server).accepted | Should -Be 0
        }

        It 'takes up a submit that Fal took while its process was killed, and pays once' {
            # What kill -9 leaves between the acceptance and the answer: an intent here, a job there.
            Set-SandboxFault $server 'submit:lost'
            $null = New-NBImage 'a fox' -OutDirectory $folder -ErrorAction SilentlyContinue
            Set-JobState (Get-NBJob) 'Intent'

            (Get-NBJob -State Intent | Receive-NBJob -Wait).Path | Should -Exist

            $ledger = Get-SandboxLedger $server
            $ledger.accepted | Should -Be 1
            $ledger.billed | Should -Be 1
        }

        It 'lets two processes receive the same 200 jobs at once: each picture once, no error' {
            $jobs = 1..200 | ForEach-Object { "picture $_" } | New-NBImage -Resolution 0.5K -OutputFormat jpeg -NoWait -ThrottleLimit 20 -OutDirectory $folder
            $jobs | Should -HaveCount 200
            $gate = Join-Path $env:NB_STATE_PATH 'go'
            $script = @"
`$jobs = Get-NBJob -State Submitted, Running
[IO.File]::WriteAllText('$gate' + `$PID, '')
while (-not [IO.File]::Exists('$gate')) { [Threading.Thread]::Sleep(5) }
`$images = `$jobs | Receive-NBJob -Wait -ErrorVariable failed -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
"pictures `$(@(`$images.JobId | Sort-Object -Unique).Count) of `$(@(`$jobs).Count)"
"missing `$(@(`$images.Path | Where-Object { -not [IO.File]::Exists(`$_) }).Count)"
"errors `$(`$failed.Count) `$(`$failed | Select-Object -First 3)"
"@
            $runs = 1..2 | ForEach-Object { Start-NewPwsh $script }
            Wait-Until 'both are ready' { @(Get-ChildItem "${gate}*").Count -eq 2 }
            [IO.File]::WriteAllText($gate, '')
            foreach ($run in $runs) { Wait-NewPwsh $run | Should -Be 'pictures 200 of 200', 'missing 0', 'errors 0 ' }

            (Get-NBJob).State | Sort-Object -Unique | Should -Be 'Received'
            Get-ChildItem $folder -Force -File | Should -HaveCount 200
            $ledger = Get-SandboxLedger $server
            $ledger.accepted | Should -Be 200
            $ledger.billed | Should -Be 200
            $ledger.requests.download | Should -Be 200
            Get-ChildItem (Join-Path $env:NB_STATE_PATH 'jobs/locks') | Should -HaveCount 0
        }

        It 'brings every picture once when one of two processes is killed in the middle' {
            $jobs = 1..40 | ForEach-Object { "picture $_" } | New-NBImage -Resolution 0.5K -OutputFormat jpeg -NoWait -ThrottleLimit 20 -OutDirectory $folder
            # The downloads of the first process hang until it is killed, those of the second do not.
            Set-SandboxFault $server 'download:slow=120000*'
            $killed = Start-NewPwsh "Get-NBJob | Receive-NBJob -Wait -ThrottleLimit 10"
            Wait-Until 'it downloads' { (Get-SandboxLedger $server).requests.download -ge 10 }
            $survivor = Start-NewPwsh @'
$images = Get-NBJob | Receive-NBJob -Wait -ErrorVariable failed -ErrorAction SilentlyContinue
"pictures $(@($images.JobId | Sort-Object -Unique).Count)"
"errors $($failed.Count) $($failed | Select-Object -First 3)"
'@
            Set-SandboxFault $server ''
            Wait-Until 'the other one is at work' { (Get-SandboxLedger $server).requests.download -ge 15 }
            Stop-NewPwsh $killed

            Wait-NewPwsh $survivor | Should -Be 'pictures 40', 'errors 0 '
            (Get-NBJob).State | Sort-Object -Unique | Should -Be 'Received'
            (Get-ChildItem $folder -Force -File).Name | Where-Object { $_ -like '*.partial' } | Should -HaveCount 0
            (Get-ChildItem $folder -Force -File) | Should -HaveCount 40
            (Get-SandboxLedger $server).billed | Should -Be 40
        }

        It 'does not find what the sandbox of another process made' {
            $id = Invoke-OtherPwsh "Import-Module '$NBManifest'; (New-NBImage 'a poster' -Sandbox -NoWait -OutDirectory '$folder').Id"
            $record = Get-ErrorOf { Receive-NBJob $id -Wait }
            $record.FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
            (Get-NBJob $id).State | Should -Be 'Failed'
        }
    }
}
