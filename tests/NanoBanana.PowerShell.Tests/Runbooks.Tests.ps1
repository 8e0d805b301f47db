[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Clear-NBEnvironment
    $skip = Get-VaultSkip
    $books = Join-Path $NBRoot 'docs' 'examples' 'runbooks'
    $canary = 'canary-9c41e07b5d'
    $longest = 1000 # characters in one record, so that the pages that show them stay readable

    # Runs a runbook in another process, with stand-ins for the modules of Azure; runbooks share a process in Azure too.
    function Invoke-Runbook {
        param([string] $Name, [hashtable] $Parameters, [hashtable] $Environment = @{})

        $file = Join-Path $folder 'parameters.json'
        $Parameters | ConvertTo-Json -Depth 6 | Set-Content $file
        $given = @{
            HOME                = $folder
            TMPDIR              = $folder
            PSModulePath        = (Join-Path $PSScriptRoot 'Modules') + [IO.Path]::PathSeparator + $env:PSModulePath
            NB_TEST_KEYVAULT    = Join-Path $folder 'keyvault.json'
            NB_TEST_VARIABLES   = Join-Path $folder 'variables.json'
            NB_TEST_STORAGE     = Join-Path $folder 'storage'
            NB_FAL_BASEURI      = "$($sandbox.Uri)/fal"
            NB_APIFRAME_BASEURI = "$($sandbox.Uri)/apiframe"
        } + $Environment
        foreach ($variable in $NBVariables) { if (-not $given.ContainsKey($variable)) { $given[$variable] = $null } }
        $line = "[IO.Directory]::SetCurrentDirectory('$folder'); & '$(Join-Path $PSScriptRoot 'RunbookWorker.ps1')' -Path '$(Join-Path $books "$Name.ps1")' -ParameterFile '$file' -Module '$NBManifest'"
        # SecretManagement keeps to the home folder of the process that loaded it.
        $text = (Invoke-OtherPwsh $line -HomeFolder ($Parameters.ContainsKey('KeyVaultName') ? $folder : $TestDrive) -Environment $given 2>&1) -join "`n"
        if ($text -notmatch '(?s)^(?<before>.*)<<<(?<json>.*)>>>') { throw "The worker ended early: $text" }
        $Matches.before.Trim() | Should -BeNullOrEmpty
        $run = $Matches.json | ConvertFrom-Json
        $run.Output = @($run.Output | ForEach-Object { $_ | ConvertFrom-Json })

        # Whatever a runbook does, this holds of its records.
        $text | Should -Not -Match $canary.Substring(7)
        $run.Progress | Should -BeNullOrEmpty -Because 'a runbook can show no progress'
        $run.Host | Should -BeNullOrEmpty -Because 'what is written to the host is lost in a runbook'
        foreach ($record in @($run.Error) + @($run.Warning) + @($run.Verbose)) {
            $record | Should -Not -Match "[`r`n]" -Because 'each record is one line'
            $record.Length | Should -BeLessThan $longest
        }
        $run
    }
}

AfterAll {
    Close-OtherPwsh $TestDrive
    Clear-NBEnvironment
}

Describe 'The runbooks' {
    BeforeAll { $sandbox = Open-Sandbox -LatencyMs 10 }
    AfterAll { Close-Sandbox $sandbox }
    BeforeEach {
        Clear-Sandbox $sandbox
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
        $share = (New-Item -ItemType Directory -Path (Join-Path $folder 'share')).FullName
        $out = Join-Path $folder 'out'
        @{ 'NanoBanana-Fal' = $canary; 'NanoBanana-Apiframe' = $canary; 'NanoBanana-StatePath' = $share; 'NanoBanana-OutDirectory' = $out } | ConvertTo-Json | Set-Content (Join-Path $folder 'variables.json')
        @{ pictures = @{ 'NanoBanana-Fal' = $canary } } | ConvertTo-Json | Set-Content (Join-Path $folder 'keyvault.json')
    }

    It 'order in one run and fetch in another, with the key from <From>' -ForEach @{ From = 'a key vault'; Given = @{ KeyVaultName = 'pictures' } }, @{ From = 'an Automation variable'; Given = @{} } {
        if ($Given.Count -and $skip) { Set-ItResult -Skipped -Because $skip }

        $first = Invoke-Runbook Submit-Pictures (@{ Prompt = 'a cat', 'a dog' } + $Given)
        $first.Ended, "$($first.Error)", "$($first.Warning)" | Should -Be '', '', ''
        $first.Output.Prompt | Sort-Object | Should -Be 'a cat', 'a dog'
        $first.Output.State | Should -Be 'Submitted', 'Submitted'

        $second = Invoke-Runbook Receive-Pictures (@{ OutDirectory = $out } + $Given)
        $second.Ended, "$($second.Error)", "$($second.Warning)" | Should -Be '', '', ''
        $second.Output | Should -HaveCount 2
        $second.Output.Path | Should -Exist
        $ledger = Get-SandboxLedger $sandbox
        $ledger.accepted, $ledger.billed | Should -Be 2, 2
        $ledger.authorizationByHost.'queue.fal.run' | Should -BeGreaterThan 2
        Get-ChildItem $folder -Recurse -File -Force | Where-Object Name -NotIn 'keyvault.json', 'variables.json' |
            Select-String -Pattern $canary.Substring(7) | Should -BeNullOrEmpty
    }

    It 'order nothing twice when Azure starts a run from its beginning, where the journal <Keeps>' -ForEach @(
        @{ Keeps = 'keeps prompts'; Given = @{}; Kept = 'a cat' }
        @{ Keeps = 'keeps hashes only'; Given = @{ NB_JOURNAL_PROMPT = 'false' }; Kept = '51e467415607798220a3776f6ae1a2a09ddc7e5dcdc955d685477b4cf05ade22' }
    ) {
        $null = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat' } $Given
        Get-ChildItem $share -Recurse -File -Force | Select-String $Kept -SimpleMatch | Should -HaveCount 1
        Get-ChildItem $share -Recurse -File -Force | Select-String '"a cat"' -SimpleMatch | Should -HaveCount ($Given.Count ? 0 : 1)

        $again = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat', 'a dog' } $Given
        $again.Output.Prompt | Should -Be 'a dog'
        $third = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat', 'a dog' } $Given
        $third.Output | Should -BeNullOrEmpty
        $third.Warning | Should -BeLike '*Nothing was ordered again*'
        (Get-SandboxLedger $sandbox).accepted | Should -Be 2
    }

    It 'leave to the next run what has not ended' {
        $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/latency" -Method Post -Body '3600000'
        try {
            $null = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat' }
            $early = Invoke-Runbook Receive-Pictures @{ OutDirectory = $out }
            $early.Output, "$($early.Error)", $early.Ended | Should -Be $null, '', ''
        }
        finally { $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/latency" -Method Post -Body '10' }
        $null = Invoke-Runbook Submit-Pictures @{ Prompt = 'a dog' }
        (Invoke-Runbook Receive-Pictures @{ OutDirectory = $out }).Output.Prompt | Should -Be 'a dog'
    }

    It 'fetch from a copy of the folder of jobs, and not without it' {
        $null = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat' }
        $empty = (New-Item -ItemType Directory -Path (Join-Path $folder 'another')).FullName
        (Invoke-Runbook Receive-Pictures @{ OutDirectory = $out; StatePath = $empty }).Output | Should -BeNullOrEmpty

        $carried = Join-Path $folder 'carried'
        Copy-Item $share $carried -Recurse -Force
        (Invoke-Runbook Receive-Pictures @{ OutDirectory = $out; StatePath = $carried }).Output.Path | Should -Exist
    }

    It 'end before they order when <What>' -ForEach @(
        @{ What = 'the folder of jobs is not there'; Given = @{ StatePath = '/nowhere/at/all' }; Identity = ''; Says = "*no folder*Nothing was ordered." }
        @{ What = 'the machine has no identity'; Given = @{ KeyVaultName = 'pictures' }; Identity = 'none'; Says = '*ManagedIdentityCredential*' }
        @{ What = 'the variable of the key is not there'; Given = @{ Provider = 'ApiDot' }; Identity = ''; Says = "*'NanoBanana-ApiDot' was not found*" }
    ) {
        $run = Invoke-Runbook Submit-Pictures (@{ Prompt = 'a cat' } + $Given) @{ NB_TEST_IDENTITY = $Identity }
        $run.Ended | Should -BeLike $Says
        (Get-SandboxLedger $sandbox).accepted | Should -Be 0
    }

    It 'end with an error and no question when the key vault <What>' -ForEach @(
        @{ What = 'is another one'; Vault = 'elsewhere'; Provider = 'Fal'; Says = '*No such host is known*' }
        @{ What = 'lacks the key'; Vault = 'pictures'; Provider = 'Apiframe'; Says = '*holds no secret NanoBanana-Apiframe*' }
    ) {
        if ($skip) { Set-ItResult -Skipped -Because $skip }
        $run = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat'; KeyVaultName = $Vault; Provider = $Provider }
        "$($run.Ended) $($run.Error)" | Should -BeLike $Says
        (Get-SandboxLedger $sandbox).accepted | Should -Be 0
    }

    It 'tell a prompt that failed as one error, and go on with the others' {
        $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/faults" -Method Post -Body 'submit:400'
        $run = Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat', 'a dog', 'a fox' }
        $run.Error | Should -HaveCount 1
        $run.Error[0] | Should -BeLike 'InvalidRequest,*'
        $run.Output | Should -HaveCount 2
    }

    It 'take a signed webhook once, and refuse one that was changed' {
        $given = @{ Provider = 'Apiframe' }
        $job = (Invoke-Runbook Submit-Pictures (@{ Prompt = 'a cat'; CallbackUri = 'https://example.com/hook?token=t0ken' } + $given)).Output
        $view = Invoke-RestMethod "$($sandbox.Uri)/apiframe/api.apiframe.ai/v2/jobs/$($job.RemoteId)" -Headers @{ 'X-API-Key' = 'any' }
        $body = @{ event = 'completed'; jobId = $job.RemoteId; status = 'COMPLETED'; result = $view.result } | ConvertTo-Json -Depth 6 -Compress
        $digest = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($canary))
        $signature = 'sha256=' + [Convert]::ToHexString([Security.Cryptography.HMACSHA256]::HashData($digest, [Text.Encoding]::UTF8.GetBytes($body))).ToLowerInvariant()
        $data = @{ WebhookName = 'pictures'; RequestBody = $body; RequestHeader = @{ 'X-Webhook-Signature' = $signature; 'X-Webhook-Event' = 'completed' } }

        $taken = Invoke-Runbook Receive-PictureWebhook (@{ WebhookData = $data } + $given)
        $taken.Output.Path | Should -Exist
        $again = Invoke-Runbook Receive-PictureWebhook (@{ WebhookData = $data } + $given)
        $again.Output, $again.Ended, "$($again.Error)" | Should -Be $null, '', ''
        $data.RequestBody = $body + ' '
        $forged = Invoke-Runbook Receive-PictureWebhook (@{ WebhookData = $data } + $given)
        "$($forged.Ended) $($forged.Error)" | Should -BeLike '*signature*'
        $forged.Output | Should -BeNullOrEmpty
    }

    It 'ask APIDot itself when an unsigned webhook tells an end' {
        $variables = Join-Path $folder 'variables.json'
        (Get-Content $variables -Raw | ConvertFrom-Json -AsHashtable) + @{ 'NanoBanana-ApiDot' = $canary } | ConvertTo-Json | Set-Content $variables
        $base = @{ NB_APIDOT_BASEURI = "$($sandbox.Uri)/apidot" }
        $job = (Invoke-Runbook Submit-Pictures @{ Prompt = 'a cat'; Provider = 'ApiDot'; CallbackUri = 'https://example.com/hook?token=t0ken' } $base).Output
        $body = @{ code = 200; data = @{ task_id = $job.RemoteId; status = 'failed'; error_message = 'forged' } } | ConvertTo-Json -Depth 4 -Compress
        $call = @{ Provider = 'ApiDot'; WebhookData = @{ WebhookName = 'pictures'; RequestBody = $body; RequestHeader = @{} } }

        $taken = Invoke-Runbook Receive-PictureWebhook $call $base
        $taken.Ended, "$($taken.Error)" | Should -Be '', ''
        $taken.Output.Path | Should -Exist
        (Invoke-Runbook Receive-PictureWebhook $call $base).Output | Should -BeNullOrEmpty
    }

    It 'wait in one run where no folder lasts, and put the pictures into a container' {
        $run = Invoke-Runbook New-PicturesInOneJob @{ Prompt = 'a cat', 'a dog'; StorageAccountName = 'shop'; ContainerName = 'pictures' }
        $run.Ended, "$($run.Error)" | Should -Be '', ''
        $run.Output.Blob | ForEach-Object { Join-Path $folder storage shop pictures $_ | Should -Exist }
        $run.Output | Should -HaveCount 2
        Get-ChildItem $folder -Filter 'nb-*' | Should -BeNullOrEmpty
    }

    It 'give out what is paid for and not finished in time, with the id by which the provider knows it' {
        $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/latency" -Method Post -Body '3600000'
        try { $run = Invoke-Runbook New-PicturesInOneJob @{ Prompt = 'a cat'; StorageAccountName = 'shop'; ContainerName = 'pictures'; TimeoutSec = 2 } }
        finally { $null = Invoke-RestMethod "$($sandbox.Uri)/_sandbox/latency" -Method Post -Body '10' }
        $run.Error | Should -BeLike 'JobTimedOut,*'
        $run.Output.RemoteId | Should -Be (Get-SandboxLedger $sandbox).entries[0].jobId
    }
}
