[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll { Clear-NBEnvironment }

Describe '-Provider Auto and several providers' {
    BeforeAll { $server = Open-Sandbox }
    AfterAll { Close-Sandbox $server }
    BeforeEach {
        $folder = Open-Journal
        Clear-Sandbox $server
        Set-SandboxFault $server ''
        Connect-EveryProvider $server
    }

    It 'lets the cheapest make it' {
        $image = New-NBImage 'a fox' -Provider Auto -OutDirectory $folder
        $image.Provider | Should -Be 'ApiMaster'
        $image.Cost | Should -Be 0.0375
        (New-NBImage 'a fox' -Provider auto -Resolution 0.5K -OutDirectory $folder).Provider | Should -Be 'ApiDot'
        (New-NBImage 'a fox' -Provider AUTO -Seed 1 -OutDirectory $folder).Provider | Should -Be 'Prospolabs'
        (New-NBImage 'a fox' -Provider Auto -ThinkingLevel High -OutDirectory $folder).Provider | Should -Be 'Fal'
    }

    It 'passes over who has no key' {
        Remove-Item Env:APIMASTER_KEY, Env:PROSPOLABS_API_KEY
        (New-NBImage 'a fox' -Provider Auto -OutDirectory $folder).Provider | Should -Be 'ApiDot'
        Remove-Item Env:APIDOT_API_KEY
        (New-NBImage 'a fox' -Provider ApiDot, Fal -OutDirectory $folder).Provider | Should -Be 'Fal'
    }

    It 'ends with CredentialNotFound where there is no key at all' {
        Remove-Item Env:FAL_KEY, Env:APIDOT_API_KEY, Env:APIMASTER_KEY, Env:PROSPOLABS_API_KEY, Env:APIFRAME_API_KEY
        (Get-ErrorOf { New-NBImage 'a fox' -Provider Auto -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        (Get-SandboxLedger $server).accepted | Should -Be 0
    }

    It 'names once who has no key, and tells what to type for the cheapest of <Provider>' -ForEach @(
        @{ Provider = 'Auto'; Names = 'ApiMaster, Prospolabs, ApiDot, Fal, Apiframe'; First = 'ApiMaster'; Variable = 'APIMASTER_KEY' }
        @{ Provider = 'Auto -Seed 1'; Names = 'Prospolabs, ApiDot, Fal'; First = 'Prospolabs'; Variable = 'PROSPOLABS_API_KEY' }
        @{ Provider = 'Fal, ApiDot'; Names = 'Fal, ApiDot'; First = 'Fal'; Variable = 'FAL_KEY' }
    ) {
        Remove-Item Env:FAL_KEY, Env:APIDOT_API_KEY, Env:APIMASTER_KEY, Env:PROSPOLABS_API_KEY, Env:APIFRAME_API_KEY
        $order = "New-NBImage 'a fox' -OutDirectory '$folder' -Provider $Provider"

        $lines = (Get-MessageOf $order) -split '\r?\n'
        $lines | Should -HaveCount 5
        $lines[0] | Should -Be "No key was found for any of these: $Names. Do one of these:"
        $lines[1] | Should -BeLike "* add -Provider $First -ApiKey (Read-Host -AsSecureString)"
        $lines[2] | Should -BeLike "* Set-NBCredential -Provider $First*"
        $lines[3] | Should -BeLike "* `$env:$Variable = Read-Host -MaskInput"
        $lines[4] | Should -BeLike '*-Sandbox.'

        Get-MessageOf $order -Nobody |
            Should -Be "No key was found for any of these: $Names. Give it with -Provider $First -ApiKey, keep it in a vault (Set-NBCredential -Provider $First) or in `$env:$Variable; -Sandbox needs none."
        (Get-SandboxLedger $server).accepted | Should -Be 0
    }

    It 'asks the next one after <_>, says who and why, and writes both jobs down' -ForEach 'submit:unauthorized', 'submit:credits=402', 'submit:429=0*6', 'submit:503-retry=0*6' {
        Set-SandboxFault $server $_
        $all = New-NBImage 'a fox' -Provider Fal, ApiDot -OutDirectory $folder -Verbose 4>&1
        $image = $all | Where-Object { $_ -is [NanoBanana.NBImage] }
        $image.Provider | Should -Be 'ApiDot'
        ($all | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Message -join "`n" | Should -BeLike '*Fal certainly did not take the job*ApiDot is asked instead*'
        $jobs = Get-NBJob | Sort-Object Id
        $jobs.Provider | Should -Be 'Fal', 'ApiDot'
        $jobs.State | Should -Be 'Failed', 'Received'
        (Get-SandboxLedger $server).billed | Should -Be 1
    }

    It 'asks the next one where nobody listens' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $env:NB_FAL_BASEURI = "http://$($listener.LocalEndpoint)/fal"
        $listener.Stop()
        $image = New-NBImage 'a fox' -Provider Fal, ApiDot -MaximumRetryCount 0 -OutDirectory $folder
        $image.Provider | Should -Be 'ApiDot'
        (Get-NBJob | Sort-Object Id).State | Should -Be 'Failed', 'Received'
    }

    It 'asks nobody else after <Fault>' -ForEach @(
        @{ Fault = 'submit:lost'; ErrorId = 'SubmitOutcomeUnknown' }
        @{ Fault = 'submit:failed'; ErrorId = 'ProviderUnavailable' }
        @{ Fault = 'submit:rejected'; ErrorId = 'ContentRejected' }
        @{ Fault = 'submit:empty'; ErrorId = 'NoImageReturned' }
    ) {
        Set-SandboxFault $server $Fault
        $failure = Get-ErrorOf { New-NBImage 'a fox' -Provider Fal, ApiDot -OutDirectory $folder }
        $failure.FullyQualifiedErrorId | Should -BeLike "$ErrorId,*"
        (Get-NBJob).Provider | Should -Be 'Fal'
        (Get-SandboxLedger $server).entries.provider | Should -Not -Contain 'ApiDot'
    }

    It 'asks nobody else when the time is over' {
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '120000'
        try {
            $failure = Get-ErrorOf { New-NBImage 'a fox' -Provider Fal, ApiDot -TimeoutSec 1 -OutDirectory $folder }
        }
        finally { $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '10' }
        $failure.FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
        (Get-NBJob).Provider | Should -Be 'Fal'
    }

    It 'takes the list from a column of a CSV, and Auto beside it' {
        Set-SandboxFault $server 'submit:unauthorized'
        "Prompt,Provider`nfox,`"Fal,ApiDot`"`ncat,Auto`n" | ConvertFrom-Csv |
            New-NBImage -OutDirectory $folder -ThrottleLimit 1 | ForEach-Object { "$($_.Prompt) $($_.Provider)" } | Should -Be 'fox ApiDot', 'cat ApiMaster'
    }

    It 'takes it from the options' {
        Set-NBOption -Provider 'apidot,fal'
        (Get-NBOption Provider).Value | Should -Be 'ApiDot,Fal'
        (New-NBImage 'a fox' -OutDirectory $folder).Provider | Should -Be 'ApiDot'
        Set-NBOption -Provider auto
        (New-NBImage 'a fox' -OutDirectory $folder).Provider | Should -Be 'ApiMaster'
        Set-NBOption -Provider Fal, apidot
        (Get-NBOption Provider).Value | Should -Be 'Fal,ApiDot'
        Set-NBOption -Provider @()
        (Get-NBOption Provider).Source | Should -Be 'Default'
        { Set-NBOption -Provider Fal, Nobody -ErrorAction Stop } | Should -Throw '*Auto for the cheapest*'
        { Set-NBOption -Provider 'Fal,Nobody' -ErrorAction Stop } | Should -Throw '*Auto for the cheapest*'
    }

    It 'splits a count when it goes from one that makes several to one that makes one' {
        Set-SandboxFault $server 'submit:unauthorized'
        $images = New-NBImage 'a fox' -Provider Fal, ApiDot -Count 4 -OutDirectory $folder
        $images | Should -HaveCount 4
        $images.Provider | Select-Object -Unique | Should -Be 'ApiDot'
        $images.Path | Sort-Object -Unique | Should -HaveCount 4
        (Get-SandboxLedger $server).entries | ForEach-Object { $_.count } | Should -Be 1, 1, 1, 1
    }

    It 'refuses -ApiKey with several providers, in words, and sends nothing' -ForEach 'Auto', @('Fal', 'ApiDot') {
        $key = ConvertTo-SecureString 'canary-key-7f3a91' -AsPlainText -Force
        $failure = Get-ErrorOf { New-NBImage 'a fox' -Provider $_ -ApiKey $key -OutDirectory $folder }
        $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $failure.Exception.Message | Should -BeLike "*one company's key*"
        (Get-SandboxLedger $server).accepted | Should -Be 0
    }

    It 'gives -ApiKey to the one provider of the next row all the same' {
        Remove-Item Env:FAL_KEY
        $key = ConvertTo-SecureString 'canary-key-7f3a91' -AsPlainText -Force
        $images = "Prompt,Provider`nfox,Auto`ncat,Fal`n" | ConvertFrom-Csv | New-NBImage -ApiKey $key -OutDirectory $folder -ErrorAction SilentlyContinue
        $images.Provider | Should -Be 'Fal'
    }

    It 'refuses Auto beside another name' {
        (Get-ErrorOf { New-NBImage 'a fox' -Provider Auto, Fal -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
    }
}
