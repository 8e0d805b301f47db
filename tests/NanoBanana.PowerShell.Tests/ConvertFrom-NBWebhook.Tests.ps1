[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule

    $key = 'afk_canary-7d20e6'
    $body = '{"event":"completed","jobId":"j-1","status":"COMPLETED","result":"https://cdn.apiframe.ai/é.png"}'

    # As Apiframe signs: under the digest of the key, over the bytes.
    function Get-Signature([string] $Text, [string] $Key) {
        $digest = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($Key))
        'sha256=' + [Convert]::ToHexString([Security.Cryptography.HMACSHA256]::HashData($digest, [Text.Encoding]::UTF8.GetBytes($Text))).ToLowerInvariant()
    }

    $headers = @{ 'x-webhook-signature' = Get-Signature $body $key; 'x-webhook-event' = 'completed' }
}

Describe 'ConvertFrom-NBWebhook' {
    BeforeEach {
        Clear-NBEnvironment
        $env:NB_STATE_PATH = Join-Path $TestDrive 'state'
        $env:APIFRAME_API_KEY = $key
    }
    AfterAll { Clear-NBEnvironment }

    # A good signature leads past the check, to a job that this machine has not ordered.
    It 'takes <Form>' -ForEach @(
        @{ Form = 'an object'; Make = { [pscustomobject]@{ WebhookName = 'nb'; RequestBody = $body; RequestHeader = [pscustomobject]$headers } } }
        @{ Form = 'a hashtable'; Make = { @{ RequestBody = $body; RequestHeader = $headers } } }
        @{ Form = 'JSON text'; Make = { @{ RequestBody = $body; RequestHeader = $headers } | ConvertTo-Json -Depth 5 } }
        @{ Form = 'headers that are lists'; Make = { @{ RequestBody = $body; RequestHeader = @{ 'X-Webhook-Signature' = @($headers['x-webhook-signature']) } } } }
    ) {
        $data = & $Make
        foreach ($record in (Get-ErrorOf { ConvertFrom-NBWebhook $data }), (Get-ErrorOf { $data | ConvertFrom-NBWebhook })) {
            $record.FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
            $record.Exception.Message | Should -BeLike '*j-1*'
        }
    }

    It 'takes a body as <Form>' -ForEach @(
        @{ Form = 'text'; Make = { $body } }
        @{ Form = 'bytes'; Make = { [Text.Encoding]::UTF8.GetBytes($body) } }
        @{ Form = 'a list of bytes'; Make = { , [object[]][Text.Encoding]::UTF8.GetBytes($body) } }
    ) {
        $raw = & $Make
        (Get-ErrorOf { ConvertFrom-NBWebhook -Body $raw -Headers $headers -Provider apiframe }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
    }

    It 'refuses <What> as <Id>' -ForEach @(
        @{ What = 'a body that was changed'; Id = 'AccessDenied'; Try = { ConvertFrom-NBWebhook -Body ($body + ' ') -Headers $headers } }
        @{ What = 'a missing signature'; Id = 'AccessDenied'; Try = { ConvertFrom-NBWebhook -Body $body } }
        @{ What = 'a key of somebody else'; Id = 'AccessDenied'; Try = { ConvertFrom-NBWebhook -Body $body -Headers $headers -ApiKey (ConvertTo-SecureString 'afk_other' -AsPlainText -Force) } }
        @{ What = 'fal without a signature'; Id = 'AccessDenied'; Try = { ConvertFrom-NBWebhook -Body '{"request_id":"r","status":"OK","payload":null}' } }
        @{ What = 'an unknown job of APIDot'; Id = 'JobNotFound'; Try = { ConvertFrom-NBWebhook -Body '{"data":{"task_id":"t","status":"running"}}' } }
        @{ What = 'a provider that sends none'; Id = 'InvalidRequest'; Try = { ConvertFrom-NBWebhook -Body '{}' -Provider ApiMaster } }
        @{ What = 'garbage'; Id = 'InvalidRequest'; Try = { ConvertFrom-NBWebhook 'garbage' } }
        @{ What = 'a body that was converted'; Id = 'InvalidRequest'; Try = { ConvertFrom-NBWebhook @{ RequestBody = ($body | ConvertFrom-Json); RequestHeader = $headers } } }
        @{ What = 'an object without a body'; Id = 'InvalidRequest'; Try = { ConvertFrom-NBWebhook ([pscustomobject]@{ Name = 'x' }) } }
    ) {
        (Get-ErrorOf $Try).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'goes on after an error' {
        $records = Get-ErrorOf { 'garbage', @{ RequestBody = $body; RequestHeader = $headers }, '{}' | ConvertFrom-NBWebhook }
        $records.FullyQualifiedErrorId -replace ',.*' | Should -Be 'InvalidRequest', 'JobNotFound', 'InvalidRequest'
    }

    It 'says which key is missing' {
        Remove-Item Env:APIFRAME_API_KEY
        (Get-ErrorOf { ConvertFrom-NBWebhook -Body $body -Headers $headers }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
    }

    It 'shows neither the key nor what arrived in an error' {
        $record = Get-ErrorOf { ConvertFrom-NBWebhook -Body ($body + ' ') -Headers $headers }
        $text = ($record | ConvertTo-Json -Depth 4 -WarningAction Ignore) + ($record | Format-List * -Force | Out-String) + $record.TargetObject
        $text | Should -Not -Match 'canary'
        $text | Should -Not -Match 'cdn\.apiframe'
    }

    It 'ends no job of APIDot, whose calls nothing proves: <Says>' -ForEach @(
        @{ Says = 'failed'; Data = @{ error_message = 'no' } }
        @{ Says = 'finished'; Data = @{ files = @(@{ file_url = 'https://evil.example/a.png'; file_type = 'image' }) } }
    ) {
        $sandbox = Open-Sandbox
        try {
            $env:NB_APIDOT_BASEURI = "$($sandbox.Uri)/apidot"
            $env:APIDOT_API_KEY = 'canary-key-51c0de'
            $folder = Join-Path $TestDrive $Says
            $job = New-NBImage 'a fox' -Provider ApiDot -NoWait -OutDirectory $folder
            $forged = @{ code = 200; data = @{ task_id = $job.RemoteId; status = $Says } + $Data } | ConvertTo-Json -Depth 5 -Compress

            foreach ($time in 1, 2) {
                $told = ConvertFrom-NBWebhook -Body $forged
                $told.Id, $told.State, $told.WebhookVerified, $told.WebhookDuplicate, $told.ErrorId | Should -Be $job.Id, 'Running', $false, $false, $null
            }
            $image = $told | Receive-NBJob -Wait
            (Get-Item $image.Path).Length | Should -BeGreaterThan 0
            $late = ConvertFrom-NBWebhook -Body $forged
            $late.State, $late.WebhookDuplicate | Should -Be 'Received', $true
        }
        finally { Close-Sandbox $sandbox }
    }

    It 'completes the providers' {
        $line = 'ConvertFrom-NBWebhook -Provider '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'ApiDot'
    }

    It 'has help and says what it gives' {
        (Get-Help ConvertFrom-NBWebhook).Synopsis.Trim() | Should -Match 'CallbackUri'
        (Get-Command ConvertFrom-NBWebhook).OutputType.Name | Should -Be 'NanoBanana.NBJob'
    }
}
