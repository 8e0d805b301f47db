[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule

    # Root reads and writes everywhere, so what is not root's is looked at without the capabilities that let it.
    $isRoot = -not $IsWindows -and (id -u) -eq '0'
    $noOtherUser = $IsWindows ? 'it closes a folder with chmod, which Windows does not have' :
        $isRoot -and -not (Test-Restricted $NBManifest) ? 'root may read and write everything, and setpriv (util-linux) is not there to run PowerShell without that right; install it, or run the tests without root' : ''

    # A job whose submit was sent and not answered.
    function New-LostJob {
        param([string[]] $Prompt)

        $null = $Prompt | New-NBImage -ThrottleLimit 1 -OutDirectory $folder -MaximumRetryCount 0 -ErrorAction SilentlyContinue
    }
}

AfterAll { Clear-NBEnvironment }

Describe 'Get-NBJob' {
    BeforeEach { $folder = Open-Journal }

    Context 'which jobs' {
        BeforeEach { $env:NB_SANDBOX = '1' }

        It 'lists nothing before anything was ordered, and makes no folder' {
            Get-NBJob | Should -BeNullOrEmpty
            $env:NB_STATE_PATH | Should -Not -Exist
        }

        It 'refuses a provider that there is not, and lists those of the others' {
            $job = New-NBImage 'a fox' -NoWait
            $jobs = Get-NBJob -Provider Foo, Fal -ErrorVariable failed -ErrorAction SilentlyContinue
            $jobs.Id | Should -Be $job.Id
            $failed | Should -HaveCount 1
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $failed[0].Exception.Message | Should -Be "There is no provider 'Foo'. Choose one of: Fal, ApiDot, Apiframe, ApiMaster, Prospolabs."
            $job | Get-NBJob -Provider fal, Z* -ErrorAction Stop | Should -HaveCount 1
        }

        It 'lists the newest first' {
            $jobs = 'one', 'two', 'three' | ForEach-Object { New-NBImage $_ -NoWait }
            (Get-NBJob).Prompt | Should -Be 'three', 'two', 'one'
            (Get-NBJob).Id | Should -Be ($jobs.Id | Sort-Object -Descending)
        }

        It 'lists what New-NBImage made without -NoWait too' {
            $image = New-NBImage 'a fox' -OutDirectory $folder
            $job = Get-NBJob

            $job | Should -BeOfType ([NanoBanana.NBJob])
            $job.Id | Should -Be $image.JobId
            $job.State | Should -Be 'Received'
            $job.HasEnded | Should -BeTrue
            $job.Path | Should -Be $image.Path
            $job.Cost | Should -Be $image.Cost
            $job.Sandbox | Should -BeTrue
        }

        It 'shows a refused job with its reason, and no error' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected'
            $null = New-NBImage 'a fox' -OutDirectory $folder -ErrorAction SilentlyContinue
            $job = Get-NBJob -ErrorVariable errors

            $errors | Should -HaveCount 0
            $job.State | Should -Be 'Failed'
            $job.ErrorId | Should -Be 'ContentRejected'
            $job.ErrorMessage | Should -Not -BeNullOrEmpty
        }

        It 'gives only so many with -Newest' {
            1..5 | ForEach-Object { $null = New-NBImage "picture $_" -NoWait }
            (Get-NBJob -Newest 2).Prompt | Should -Be 'picture 5', 'picture 4'
            { Get-NBJob -Newest 0 } | Should -Throw
        }

        It 'filters by -Provider, in any case and with wildcards' {
            foreach ($name in 'Fal', 'ApiDot', 'Apiframe') { $null = New-NBImage $name -Provider $name -NoWait }
            (Get-NBJob -Provider fal).Provider | Should -Be 'Fal'
            (Get-NBJob -Provider api*).Provider | Sort-Object | Should -Be 'ApiDot', 'Apiframe'
            (Get-NBJob -Provider Fal, ApiDot).Provider | Sort-Object | Should -Be 'ApiDot', 'Fal'
            Get-NBJob -Provider Nobod* | Should -BeNullOrEmpty
        }

        It 'filters by -State' {
            $null = New-NBImage 'received' -OutDirectory $folder
            $null = New-NBImage 'submitted' -NoWait
            (Get-NBJob -State Received).Prompt | Should -Be 'received'
            (Get-NBJob -State submitted, running).Prompt | Should -Be 'submitted'
            (Get-NBJob -State Received, Submitted) | Should -HaveCount 2
            { Get-NBJob -State Finished } | Should -Throw
        }

        It 'filters by -Since, in this machine''s time or in UTC' {
            $job = New-NBImage 'a fox' -NoWait
            (Get-NBJob -Since $job.CreatedAt.LocalDateTime).Id | Should -Be $job.Id
            (Get-NBJob -Since $job.CreatedAt.UtcDateTime).Id | Should -Be $job.Id
            Get-NBJob -Since $job.CreatedAt.LocalDateTime.AddSeconds(1) | Should -BeNullOrEmpty
            (Get-NBJob -Since (Get-Date).Date.AddDays(-1)).Id | Should -Be $job.Id
        }

        It 'combines its filters, also with ids' {
            $one = New-NBImage 'one' -NoWait
            $two = New-NBImage 'two' -Provider ApiDot -NoWait
            (Get-NBJob -Provider ApiDot -State Submitted -Newest 5).Id | Should -Be $two.Id
            ($one, $two | Get-NBJob -Provider Fal).Id | Should -Be $one.Id
            (Get-NBJob * -Newest 1).Id | Should -Be $two.Id
            Get-NBJob $one -State Received | Should -BeNullOrEmpty
        }
    }

    Context 'by id' {
        BeforeEach {
            $env:NB_SANDBOX = '1'
            $image = New-NBImage 'a fox' -OutDirectory $folder
            $job = New-NBImage 'a cat' -NoWait
        }

        It 'takes an id, several, and a wildcard' {
            (Get-NBJob $job.Id).Prompt | Should -Be 'a cat'
            (Get-NBJob $job.Id, $image.JobId).Prompt | Should -Be 'a cat', 'a fox'
            (Get-NBJob -Id "$($job.Id.Substring(0, 4))*") | Should -HaveCount 2
            (Get-NBJob $job.Id.ToUpperInvariant().Replace($job.Id.ToUpperInvariant(), "$($job.Id.ToUpperInvariant())*")).Id | Should -Be $job.Id
            (Get-NBJob -JobId $job.Id).Id | Should -Be $job.Id
            (Get-NBJob -Job $job).Id | Should -Be $job.Id
        }

        It 'takes <What> from the pipeline' -ForEach @(
            @{ What = 'an id'; Make = { $job.Id } }
            @{ What = 'an NBJob'; Make = { $job } }
            @{ What = 'an NBImage'; Make = { $image } }
            @{ What = 'an object with a JobId'; Make = { [pscustomobject]@{ Id = 'of something else'; JobId = $job.Id } } }
            @{ What = 'an object with an Id'; Make = { [pscustomobject]@{ Id = $job.Id } } }
            @{ What = 'a job that was exported'; Make = { $job | Export-Clixml "$folder/job.xml"; Import-Clixml "$folder/job.xml" } }
            @{ What = 'a picture that was exported'; Make = { $image | Export-Clixml "$folder/image.xml"; Import-Clixml "$folder/image.xml" } }
            @{ What = 'a row of a CSV'; Make = { $image | Export-Csv "$folder/image.csv"; Import-Csv "$folder/image.csv" } }
            @{ What = 'a job out of JSON'; Make = { $job | ConvertTo-Json | ConvertFrom-Json } }
        ) {
            $given = & $Make
            ($given | Get-NBJob).Id | Should -BeIn $job.Id, $image.JobId
            ($given | Get-NBJob) | Should -HaveCount 1
            (Get-NBJob $given).Id | Should -Be ($given | Get-NBJob).Id
        }

        It 'takes a job out of Start-Job' {
            if ($why = Get-StartJobSkip) { Set-ItResult -Skipped -Because $why }
            $run = Start-Job { Import-Module $using:NBManifest; Get-NBJob -State Submitted }
            try { ($run | Receive-Job -Wait | Get-NBJob).Id | Should -Be $job.Id }
            finally { $run | Remove-Job -Force }
        }

        It 'tells an id that there is not, and goes on' {
            $found = '01m7y4zr3x0db1hx', $job.Id | Get-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
            $found.Id | Should -Be $job.Id
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
            $errors[0].TargetObject | Should -Be '01m7y4zr3x0db1hx'
            $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }

        It 'finds nothing for <_>, and reads no file for it' -ForEach '../options', '/etc/passwd', 'nothing', 'C:\x' {
            $record = Get-ErrorOf { Get-NBJob $_ }
            $record.FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        }

        It 'tells an empty id' {
            (Get-ErrorOf { Get-NBJob ' ' }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        }

        It 'says nothing when a wildcard fits none' {
            Get-ErrorOf { Get-NBJob 'zzz*' } | Should -BeNullOrEmpty
        }

        It 'completes ids' {
            $line = "Get-NBJob $($job.Id.Substring(0, 3))"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be $job.Id, $image.JobId
        }
    }

    Context 'the sandbox''s and the providers'' jobs' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            Connect-Sandbox $server
            $real = New-NBImage 'real' -NoWait
            $simulated = New-NBImage 'simulated' -Sandbox -NoWait
        }

        It 'keeps them apart' {
            (Get-NBJob).Id | Should -Be $real.Id
            (Get-NBJob -Sandbox).Id | Should -Be $simulated.Id
            $env:NB_SANDBOX = '1'
            (Get-NBJob).Id | Should -Be $simulated.Id
            (Get-NBJob -Sandbox:$false).Id | Should -Be $real.Id
        }

        It 'finds both by id and wildcard' {
            (Get-NBJob $real.Id, $simulated.Id).Sandbox | Should -Be $false, $true
            (Get-NBJob *).Id | Should -Be $simulated.Id, $real.Id
        }

        It 'asks nobody and needs no key' {
            $before = (Get-SandboxLedger $server).requests | ConvertTo-Json
            Remove-Item Env:FAL_KEY
            (Get-NBJob).Id | Should -Be $real.Id
            (Get-SandboxLedger $server).requests | ConvertTo-Json | Should -Be $before
        }

        It 'writes no key' {
            $env:FAL_KEY | Should -Be 'canary-key-7f3a91'
            Get-ChildItem $env:NB_STATE_PATH -File -Recurse -Force | Select-String 'canary-key' | Should -BeNullOrEmpty
            (Get-NBJob | ConvertTo-Json -Depth 5) + (Get-NBJob | Format-List * | Out-String) | Should -Not -Match 'canary'
        }
    }

    Context '-Refresh' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10'
            Connect-Sandbox $server
        }

        It 'looks once at each job that has not ended, and writes down what it hears' {
            $null = 'one', 'two' | New-NBImage -NoWait
            Wait-Until 'both have ended' { (Get-SandboxLedger $server).billed -eq 2 }
            (Get-NBJob).State | Should -Be 'Submitted', 'Submitted'

            (Get-NBJob -Refresh).State | Should -Be 'Succeeded', 'Succeeded'

            (Get-NBJob).State | Should -Be 'Succeeded', 'Succeeded'
            (Get-SandboxLedger $server).requests.status | Should -Be 2
            (Get-SandboxLedger $server).requests.download | Should -Be 0
            $null = Get-NBJob -Refresh
            (Get-SandboxLedger $server).requests.status | Should -Be 2
        }

        It 'waits for nothing' {
            $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
            $job = New-NBImage 'a fox' -NoWait
            (Get-NBJob -Refresh).State | Should -BeIn 'Submitted', 'Running'
            (Get-SandboxLedger $server).requests.status | Should -Be 1
        }

        It 'shows a job beside the error of the look at it' {
            $job = New-NBImage 'a fox' -NoWait
            Set-SandboxFault $server 'status:500*'
            $seen = Get-NBJob -Refresh -MaximumRetryCount 0 -ErrorVariable errors -ErrorAction SilentlyContinue
            $seen.Id | Should -Be $job.Id
            $seen.State | Should -Be 'Submitted'
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'ProviderUnavailable,*'
        }

        It 'shows a job that failed without an error' {
            $job = New-NBImage 'a fox' -NoWait
            Set-SandboxFault $server 'status:rejected'
            $seen = Get-NBJob -Refresh -ErrorVariable errors -ErrorAction SilentlyContinue
            $seen.State | Should -Be 'Failed'
            $seen.ErrorId | Should -Be 'ContentRejected'
            $errors | Should -HaveCount 0
        }

        It 'leaves a job alone that somebody works on' {
            $job = New-NBImage 'a fox' -NoWait
            $lock = Lock-Job $job
            try { (Get-NBJob -Refresh).State | Should -Be 'Submitted' }
            finally { $lock.Dispose() }
            (Get-SandboxLedger $server).requests.status | Should -Be 0
        }

        It 'needs the key' {
            $null = New-NBImage 'a fox' -NoWait
            Remove-Item Env:FAL_KEY
            (Get-ErrorOf { Get-NBJob -Refresh }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        }

        It 'takes the key from -ApiKey' {
            $null = New-NBImage 'a fox' -NoWait
            Remove-Item Env:FAL_KEY
            Wait-Until 'it has ended' { (Get-SandboxLedger $server).billed -eq 1 }
            (Get-NBJob -Refresh -ApiKey (ConvertTo-SecureString 'canary-key-7f3a91' -AsPlainText -Force)).State | Should -Be 'Succeeded'
        }
    }

    Context 'a submit whose answer was lost' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            Connect-Sandbox $server
        }

        It 'is told with what to check, and is never sent again' {
            Set-SandboxFault $server 'submit:lost'
            $record = Get-ErrorOf { New-NBImage 'a fox' -OutDirectory $folder }
            $record.FullyQualifiedErrorId | Should -BeLike 'SubmitOutcomeUnknown,*'
            $record.Exception.JobId | Should -Be (Get-NBJob).Id
            $record.Exception.Message | Should -BeLike "*Get-NBJob $((Get-NBJob).Id) -Refresh*"

            (Get-NBJob).State | Should -Be 'SubmitOutcomeUnknown'
            (Get-NBJob).RemoteId | Should -BeNullOrEmpty
            (Get-NBJob).HasEnded | Should -BeFalse
            (Get-SandboxLedger $server).accepted | Should -Be 1
        }

        It 'is adopted when there is one exact match; the picture comes, and is billed once' {
            Set-SandboxFault $server 'submit:lost'
            New-LostJob 'a fox in the snow'

            $job = Get-NBJob -Refresh
            $job.RemoteId | Should -Be (Get-SandboxLedger $server).entries[0].jobId
            $job.State | Should -Not -Be 'SubmitOutcomeUnknown'
            $job.ErrorId | Should -BeNullOrEmpty

            $image = $job | Receive-NBJob -Wait
            $image.Path | Should -Exist
            Split-Path $image.Path | Should -Be $folder
            (Get-NBJob).State | Should -Be 'Received'
            $ledger = Get-SandboxLedger $server
            $ledger.accepted | Should -Be 1
            $ledger.billed | Should -Be 1
            $ledger.requests.submit | Should -Be 1
        }

        It 'C4: equal jobs take the requests that no other job has, one each' {
            Set-SandboxFault $server 'submit:lost*2'
            New-LostJob 'a fox', 'a fox'

            $jobs = Get-NBJob -Refresh -WarningVariable warnings -WarningAction SilentlyContinue
            $ledger = Get-SandboxLedger $server
            $jobs.RemoteId | Sort-Object | Should -Be ($ledger.entries.jobId | Sort-Object)
            $warnings | Should -HaveCount 0
            $ledger.accepted | Should -Be 2
        }

        It 'is adopted when the other of two is known to be another job''s' {
            Set-SandboxFault $server 'submit:lost'
            New-LostJob 'a fox', 'a fox'
            $known = Get-NBJob -State Received
            $known | Should -HaveCount 1

            $found = Get-NBJob -State SubmitOutcomeUnknown -Refresh
            $found.RemoteId | Should -Be ((Get-SandboxLedger $server).entries.jobId -ne $known.RemoteId)
        }

        It 'is not found when it was not taken' {
            Set-SandboxFault $server 'submit:500'
            New-LostJob 'a fox'
            (Get-NBJob).State | Should -Be 'SubmitOutcomeUnknown'

            $job = Get-NBJob -Refresh -WarningVariable warnings -WarningAction SilentlyContinue
            $job.State | Should -Be 'SubmitOutcomeUnknown'
            "$warnings" | Should -BeLike '*may not have been taken*'
            (Get-SandboxLedger $server).accepted | Should -Be 0
        }

        It 'is not mistaken for another prompt, or another size' {
            $null = New-NBImage 'a cat', 'a fox' -Resolution 2K -NoWait
            Get-NBJob | Remove-NBJob -Force
            Set-SandboxFault $server 'submit:500'
            New-LostJob 'a fox'
            (Get-NBJob -Refresh -WarningAction SilentlyContinue).RemoteId | Should -BeNullOrEmpty
        }
    }

    Context 'a journal that is not as it should be' {
        BeforeEach {
            $env:NB_SANDBOX = '1'
            $good = New-NBImage 'good' -NoWait
            $bad = New-NBImage 'bad' -NoWait
            $file = Get-JournalFile -Sandbox | Where-Object BaseName -EQ $bad.Id
        }

        It 'sets <What> aside, says so once, and lists the rest' -ForEach @(
            @{ What = 'a truncated file'; Break = { $text = [IO.File]::ReadAllText($file); [IO.File]::WriteAllText($file, $text.Substring(0, $text.Length / 2)) } }
            @{ What = 'an empty file'; Break = { [IO.File]::WriteAllText($file, '') } }
            @{ What = 'a file of zeros'; Break = { [IO.File]::WriteAllBytes($file, [byte[]]::new(4096)) } }
            @{ What = 'other JSON'; Break = { [IO.File]::WriteAllText($file, '{"name":"x"}') } }
            @{ What = 'another job''s file'; Break = { Copy-Item (Get-JournalFile -Sandbox | Where-Object BaseName -EQ $good.Id) $file } }
        ) {
            . $Break
            $jobs = Get-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
            $jobs.Id | Should -Be $good.Id
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'JournalDamaged,*'
            $aside = Join-Path $env:NB_STATE_PATH 'sandbox/jobs/aside' "$($bad.Id).json"
            $aside | Should -Exist
            $errors[0].Exception.Message | Should -BeLike "*$($aside.Replace('[', '`['))*"

            Get-ErrorOf { Get-NBJob } | Should -BeNullOrEmpty
            (Get-ErrorOf { Get-NBJob $bad.Id }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        }

        It 'leaves the file of a newer version as it is' {
            $text = [IO.File]::ReadAllText($file) -replace '"schema"\s*:\s*\d+', '"schema": 999'
            [IO.File]::WriteAllText($file, $text)
            $record = Get-ErrorOf { Get-NBJob $bad.Id }
            $record.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
            $record.Exception.Message | Should -BeLike '*newer version*'
            [IO.File]::ReadAllText($file) | Should -Be $text
            (Get-NBJob -ErrorAction SilentlyContinue).Id | Should -Be $good.Id
        }

        It 'tells a journal that is another user''s, and leaves it alone' {
            if ($noOtherUser) { Set-ItResult -Skipped -Because $noOtherUser }
            $list = "Get-NBJob -Sandbox -ErrorVariable e -ErrorAction SilentlyContinue; `$e.ForEach{ `$_.FullyQualifiedErrorId }"
            $day = Split-Path $file
            # The owner's folders are 0700: nobody else gets in.
            if ($isRoot) { chown 65534 $day } else { chmod 000 $day }
            try { $said = Invoke-NewPwsh "Import-Module '$NBManifest'; $list" -Restricted:$isRoot }
            finally { if ($isRoot) { chown 0 $day } else { chmod 700 $day } }
            $said | Should -BeLike 'JournalUnavailable,*'
            Get-NBJob | Should -HaveCount 2
        }

        It 'tells one file that it may not read, and lists the rest' {
            if ($noOtherUser) { Set-ItResult -Skipped -Because $noOtherUser }
            chmod 000 $file
            $list = "(Get-NBJob -Sandbox -ErrorVariable e -ErrorAction SilentlyContinue).Prompt; `$e.ForEach{ `$_.FullyQualifiedErrorId }"
            $said = Invoke-NewPwsh "Import-Module '$NBManifest'; $list" -Restricted:$isRoot
            $said | Should -HaveCount 2
            $said[0] | Should -Be 'good'
            $said[1] | Should -BeLike 'JournalUnavailable,*'
            $file | Should -Exist
        }
    }

    Context 'a journal that cannot be written' {
        BeforeAll { $server = Open-Sandbox }
        AfterAll { Close-Sandbox $server }
        BeforeEach {
            Clear-Sandbox $server
            Connect-Sandbox $server
        }

        It 'submits nothing when there is a file where the folder should be' {
            [IO.File]::WriteAllText($env:NB_STATE_PATH, 'not a folder')
            $record = Get-ErrorOf { New-NBImage 'a fox' -OutDirectory $folder }
            $record.FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
            $record.Exception.Message | Should -BeLike '*NB_STATE_PATH*is a file*'
            (Get-SandboxLedger $server).requests.submit | Should -Be 0
        }

        It 'submits nothing when the folder is read-only' {
            if ($noOtherUser) { Set-ItResult -Skipped -Because $noOtherUser }
            $null = New-Item $env:NB_STATE_PATH -ItemType Directory
            chmod 555 $env:NB_STATE_PATH
            $order = "New-NBImage 'a fox', 'a cat' -OutDirectory '$folder' -ErrorVariable e -ErrorAction SilentlyContinue; `$e.ForEach{ `$_.FullyQualifiedErrorId }"
            $said = Invoke-NewPwsh "Import-Module '$NBManifest'; $order" -Restricted:$isRoot
            chmod 755 $env:NB_STATE_PATH
            $said | Should -HaveCount 2
            $said | ForEach-Object { $_ | Should -BeLike 'OutputWriteFailed,*' }
            (Get-SandboxLedger $server).requests.submit | Should -Be 0
            Get-ChildItem $env:NB_STATE_PATH -Force | Should -HaveCount 0
        }

        It 'refuses an NB_STATE_PATH that is no full path' {
            $env:NB_STATE_PATH = 'state'
            (Get-ErrorOf { Get-NBJob }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            (Get-ErrorOf { New-NBImage 'a fox' -OutDirectory $folder })[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            (Get-SandboxLedger $server).requests.submit | Should -Be 0
        }
    }

    Context 'how it looks' {
        BeforeEach {
            $env:NB_SANDBOX = '1'
            $null = New-NBImage ('a very long prompt that goes on and on ' * 5) -Resolution 4K -NoWait
            $null = New-NBImage 'a fox' -Provider Apiframe -NoWait
        }

        It 'has a table of id, state, provider, age, cost and prompt that fits 120 columns' {
            $lines = (Get-NBJob | Out-String -Width 120) -replace '\e\[[\d;]*m' -split '\r?\n' | Where-Object { $_ }
            $lines[0] -split '\s+' | Should -Be 'Id', 'State', 'Provider', 'Age', 'Cost', 'Prompt'
            $lines | Should -HaveCount 4
            ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
            $lines[2] | Should -Match '^[0-9a-z]{16} Submitted  Apiframe  '
            $lines[3] | Should -Match '^[0-9a-z]{16} Submitted  Fal .* 00:0\d:\d\d +0\.16 a very long'
        }

        It 'has an age of whole seconds and a text' {
            $job = Get-NBJob -Newest 1
            $job.Age.Milliseconds | Should -Be 0
            "$job" | Should -Be "$($job.Id) (Submitted)"
        }
    }
}
