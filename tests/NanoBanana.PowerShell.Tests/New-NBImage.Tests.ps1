[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

Describe 'New-NBImage' {
    BeforeEach {
        Clear-NBEnvironment
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    AfterAll { Clear-NBEnvironment }

    Context 'makes a picture' {
        It 'puts it into the current folder under a name made of the prompt' {
            Push-Location $folder
            try { $image = New-NBImage 'A lighthouse, at dusk!' -Sandbox }
            finally { Pop-Location }

            $image | Should -BeOfType ([NanoBanana.NBImage])
            Split-Path $image.Path | Should -Be $folder
            Split-Path $image.Path -Leaf | Should -BeLike 'a-lighthouse-at-dusk-*'
            $image.Path | Should -Exist
        }

        It 'says everything about it' {
            $image = New-NBImage 'a lighthouse' -Sandbox -Seed 42 -AspectRatio 1:1 -Resolution 1K -OutDirectory $folder

            $image.Prompt | Should -Be 'a lighthouse'
            $image.Provider | Should -Be 'Fal'
            $image.Model | Should -Not -BeNullOrEmpty
            $image.JobId | Should -Not -BeNullOrEmpty
            $image.Sandbox | Should -BeTrue
            $image.Seed | Should -Be 42
            $image.AspectRatio | Should -Be '1:1'
            $image.Resolution | Should -Be '1K'
            $image.Width | Should -Be 1024
            $image.Height | Should -Be 1024
            $image.Index | Should -Be 0
            $image.Length | Should -Be (Get-Item $image.Path).Length
            $image.Cost | Should -BeGreaterThan 0
            $image.CostSource | Should -Be 'Catalogue'
            $image.CreatedAt.Offset | Should -Be ([timespan]::Zero)
            $image.Duration | Should -BeGreaterThan ([timespan]::Zero)
        }

        It 'makes <Format> in a file that ends in <Extension>' -ForEach @(
            @{ Format = 'png'; Extension = '.png' }
            @{ Format = 'jpeg'; Extension = '.jpg' }
            @{ Format = 'webp'; Extension = '.webp' }
        ) {
            $image = New-NBImage 'a cat' -Sandbox -OutputFormat $Format -OutDirectory $folder

            [IO.Path]::GetExtension($image.Path) | Should -Be $Extension
            "$($image.Format)" | Should -Be $Format
            Get-Identity $image.Path | Should -Be (Get-ExpectedIdentity $image)
        }

        It 'makes a larger picture for -Resolution <_>' -ForEach '0.5K', '1K', '2K', '4K' {
            $image = New-NBImage 'a cat' -Sandbox -Resolution $_ -AspectRatio 1:1 -OutDirectory $folder

            $image.Width | Should -Be @{ '0.5K' = 512; '1K' = 1024; '2K' = 2048; '4K' = 4096 }[$_]
            $image.Height | Should -Be $image.Width
        }

        It 'makes -AspectRatio <_>' -ForEach '21:9', '16:9', '4:5', '9:16', '8:1', '1:8' {
            $image = New-NBImage 'a cat' -Sandbox -AspectRatio $_ -OutDirectory $folder

            $width, $height = [int[]] ($_ -split ':')
            [Math]::Abs([Math]::Log(($image.Width / $image.Height) / ($width / $height))) | Should -BeLessThan 0.1
        }

        It 'makes the same picture for the same prompt and seed, and another for another' {
            $one, $same, $other = 7, 7, 8 | ForEach-Object { New-NBImage 'a cat' -Sandbox -Seed $_ -OutDirectory $folder }

            $hash = $one, $same, $other | ForEach-Object { (Get-FileHash $_.Path).Hash }
            $hash[1] | Should -Be $hash[0]
            $hash[2] | Should -Not -Be $hash[0]
        }

        It 'makes several of one request' {
            $images = New-NBImage 'a cat' -Sandbox -Count 3 -OutDirectory $folder

            $images.Count | Should -Be 3
            $images.Index | Sort-Object | Should -Be 0, 1, 2
            $images.JobId | Select-Object -Unique | Should -HaveCount 1
            $images.Path | Select-Object -Unique | Should -HaveCount 3
        }

        It 'takes every word that fal.ai knows' {
            $image = New-NBImage 'a cat' -Sandbox -Provider Fal -SafetyTolerance 2 -WebSearch -ThinkingLevel High -SystemPrompt 'Paint in oil.' `
                -LimitGenerations $true -Priority Low -StartTimeoutSec 60 -NoProviderRetry -OutDirectory $folder

            $image.Path | Should -Exist
        }

        It 'brings the picture inside the answer with -SyncMode' {
            $image = New-NBImage 'a cat' -Sandbox -SyncMode -OutDirectory $folder

            $image.Path | Should -Exist
            $image.Uri | Should -BeNullOrEmpty
        }

        It 'goes without the queue with -Direct' {
            (New-NBImage 'a cat' -Sandbox -Direct -OutDirectory $folder).Path | Should -Exist
        }

        It 'hands out the address and no file with -NoDownload' {
            $image = New-NBImage 'a cat' -Sandbox -NoDownload -OutDirectory $folder

            $image.Path | Should -BeNullOrEmpty
            $image.Uri.Scheme | Should -Be 'https'
            Get-ChildItem $folder -Force | Should -HaveCount 0
        }

        It 'uses the sandbox when NB_SANDBOX says so' {
            $env:NB_SANDBOX = '1'
            (New-NBImage 'a cat' -OutDirectory $folder).Sandbox | Should -BeTrue
        }

        It 'shows a table' {
            $text = New-NBImage 'a cat' -Sandbox -OutDirectory $folder | Out-String -Width 160

            $text | Should -Match '-----'
            $text | Should -Match '1024'
        }
    }

    Context 'names files' {
        It 'writes -OutFile, and knows the extension where none was given' {
            (New-NBImage 'a cat' -Sandbox -OutFile (Join-Path $folder 'mine.png')).Path | Should -Be (Join-Path $folder 'mine.png')
            (New-NBImage 'a cat' -Sandbox -OutFile (Join-Path $folder 'bare')).Path | Should -BeLike (Join-Path $folder 'bare.*')
        }

        It 'takes -OutFile relative to the current location, also on a drive of the user' {
            Push-Location TestDrive:\
            try { $image = New-NBImage 'a cat' -Sandbox -OutFile './sub/mine.png' }
            finally { Pop-Location }

            $image.Path | Should -Be (Join-Path $TestDrive 'sub' 'mine.png')
            $image.Path | Should -Exist
        }

        It 'fills -FileNameFormat' {
            $image = New-NBImage 'A Cat' -Sandbox -Seed 9 -FileNameFormat '{provider}_{slug}_{seed}' -OutDirectory $folder

            Split-Path $image.Path -LeafBase | Should -Be 'fal_a-cat_9'
        }

        It 'writes over a file only with -Force' {
            $path = Join-Path $folder 'mine.png'
            'old' | Set-Content $path

            (Get-ErrorOf { New-NBImage 'a cat' -Sandbox -OutFile $path }).FullyQualifiedErrorId | Should -BeLike 'OutputFileExists,*'
            Get-Content $path | Should -Be 'old'
            (New-NBImage 'a cat' -Sandbox -OutFile $path -Force).Path | Should -Be $path
            (Get-Item $path).Length | Should -BeGreaterThan 100
        }

        It 'never lets a prompt leave the folder' {
            $images = New-NBImage '../../etc/passwd', 'CON', 'a:b*c?' -Sandbox -OutDirectory $folder

            $images.Path | ForEach-Object { Split-Path $_ } | Select-Object -Unique | Should -Be $folder
        }
    }

    Context 'carries a batch' {
        It 'makes 20 pictures of 20 prompts, shows progress, and warns of nothing' {
            $images = 1..20 | ForEach-Object { "prompt $_" } |
                New-NBImage -Sandbox -ThrottleLimit 8 -OutDirectory $folder -WarningVariable warnings -ErrorVariable errors

            $images | Should -HaveCount 20
            $warnings | Should -HaveCount 0
            $errors | Should -HaveCount 0
            $images.Prompt | Sort-Object -Unique | Should -HaveCount 20
            Get-ChildItem $folder -Force | Should -HaveCount 20
            foreach ($image in $images) { Get-Identity $image.Path | Should -Be (Get-ExpectedIdentity $image) }
        }

        It 'shows progress' {
            $env:NB_SANDBOX_LATENCY_MS = '700'
            if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
                Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
            }

            $seen = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Recording', 120)
            $runspace = [runspacefactory]::CreateRunspace($seen)
            $runspace.Open()
            $shell = [powershell]::Create()
            $shell.Runspace = $runspace
            $null = $shell.AddScript("Import-Module '$NBManifest'; New-NBImage a, b -Sandbox -OutDirectory '$folder'")
            try { $images = $shell.Invoke() }
            finally { $shell.Dispose(); $runspace.Dispose() }

            $images | Should -HaveCount 2
            $records = @($seen.Progress)
            $records.ActivityId | Sort-Object -Unique | Measure-Object | ForEach-Object Count | Should -BeGreaterOrEqual 2
            $records[-1].RecordType | Should -Be 'Completed'
        }

        It 'takes the columns of a CSV' {
            @"
Prompt,AspectRatio,Resolution,OutFile
a cat,16:9,1K,$(Join-Path $folder 'cat.png')
a dog,9:16,2K,$(Join-Path $folder 'dog.png')
"@ | Set-Content (Join-Path $folder 'prompts.csv')

            $images = Import-Csv (Join-Path $folder 'prompts.csv') | New-NBImage -Sandbox | Sort-Object Path

            $images.Path | Should -Be (Join-Path $folder 'cat.png'), (Join-Path $folder 'dog.png')
            $images.Resolution | Should -Be '1K', '2K'
            $images.AspectRatio | Should -Be '16:9', '9:16'
            $images[0].Width | Should -BeGreaterThan $images[0].Height
            $images[1].Width | Should -BeLessThan $images[1].Height
        }

        It 'takes a seed by property name' {
            [pscustomobject]@{ Prompt = 'a cat'; Seed = 11 } | New-NBImage -Sandbox -OutDirectory $folder | ForEach-Object Seed | Should -Be 11
        }

        It 'goes on after an error' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected@2'
            $images = 1..4 | ForEach-Object { "prompt $_" } |
                New-NBImage -Sandbox -ThrottleLimit 1 -OutDirectory $folder -ErrorVariable errors -ErrorAction SilentlyContinue

            $images | Should -HaveCount 3
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'ContentRejected,*'
            $errors[0].CategoryInfo.Category | Should -Be 'SecurityError'
        }
    }

    Context 'refuses in words before anything is sent' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }
        BeforeEach {
            Connect-Sandbox $sandbox
            Clear-Sandbox $sandbox
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'an empty prompt'; Id = 'InvalidRequest'; Script = { New-NBImage '' -OutDirectory $folder } }
            @{ What = 'a blank prompt'; Id = 'InvalidRequest'; Script = { New-NBImage "`t " -OutDirectory $folder } }
            @{ What = 'nine pictures of one request'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -Count 9 -OutDirectory $folder } }
            @{ What = 'an unknown provider'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -Provider Nobody -OutDirectory $folder } }
            @{ What = 'an unknown provider beside a known one'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -Provider Fal, Nobody -OutDirectory $folder } }
            @{ What = 'a call back for what the provider does not keep'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -SyncMode -CallbackUri 'https://example.com/hook' -OutDirectory $folder } }
            @{ What = 'an unknown ratio'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -AspectRatio 7:5 -OutDirectory $folder } }
            @{ What = 'an unknown tier'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -Resolution 8K -OutDirectory $folder } }
            @{ What = 'an unknown format'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -OutputFormat gif -OutDirectory $folder } }
            @{ What = 'a safety tolerance of 7'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -SafetyTolerance 7 -OutDirectory $folder } }
            @{ What = 'one file for three prompts'; Id = 'InvalidRequest'; Script = { New-NBImage a, b, c -OutFile (Join-Path $folder 'x.png') } }
            @{ What = 'one file for three prompts of the pipeline'; Id = 'InvalidRequest'; Script = { 'a', 'b', 'c' | New-NBImage -OutFile (Join-Path $folder 'x.png') } }
            @{ What = 'a folder outside of the file system'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -OutDirectory Env:\ } }
            @{ What = 'a file outside of the file system'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -OutFile Variable:\x.png } }
            @{ What = 'an unknown word in -FileNameFormat'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -FileNameFormat '{colour}' -OutDirectory $folder } }
            @{ What = 'a path in -FileNameFormat'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -FileNameFormat '../{slug}' -OutDirectory $folder } }
            @{ What = 'a picture that would be lost'; Id = 'InvalidRequest'; Script = { New-NBImage 'a cat' -SyncMode -NoDownload } }
            @{ What = 'a file that exists'; Id = 'OutputFileExists'; Script = { New-NBImage 'a cat' -OutFile (Join-Path $folder 'there.png') } }
            @{ What = 'to go without a key'; Id = 'CredentialNotFound'; Script = { $env:FAL_KEY = ''; New-NBImage 'a cat' -OutDirectory $folder } }
        ) {
            'here' | Set-Content (Join-Path $folder 'there.png')

            $errors = @(Get-ErrorOf $Script)

            $ledger = Get-SandboxLedger $sandbox
            $errors | Should -Not -HaveCount 0
            $errors[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $errors[0].Exception.Message.Length | Should -BeGreaterThan 20
            $ledger.entries | Should -HaveCount 0
        }

        It 'names every choice for <_>, Auto too' -ForEach 'Nobody', 'Fal,Nobody' {
            (Get-ErrorOf { New-NBImage 'a cat' -Provider $_ -OutDirectory $folder }).Exception.Message |
                Should -Be "There is no provider 'Nobody'. Choose one of: Fal, ApiDot, Apiframe, ApiMaster, Prospolabs. With Auto the cheapest that can make the picture does."
        }

        It 'says which of -SyncMode and -CallbackUri cannot be followed up' {
            $record = Get-ErrorOf { New-NBImage 'a cat' -SyncMode -CallbackUri 'https://example.com/hook' -OutDirectory $folder }
            $record.Exception.Parameter | Should -Be 'CallbackUri'
            $record.Exception.Message | Should -BeLike '*-SyncMode*-CallbackUri*Use one of the two.'
        }

        It 'sends nothing with -WhatIf' {
            New-NBImage 'a cat' -OutDirectory $folder -WhatIf | Should -BeNullOrEmpty

            (Get-SandboxLedger $sandbox).entries | Should -HaveCount 0
            Get-ChildItem $folder -Force | Should -HaveCount 0
        }
    }

    Context 'tells what went wrong' {
        It 'gives <Id> for <Faults>' -ForEach @(
            @{ Faults = 'submit:unauthorized'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError' }
            @{ Faults = 'submit:credits'; Id = 'InsufficientCredits'; Category = 'LimitsExceeded' }
            @{ Faults = 'submit:rejected'; Id = 'ContentRejected'; Category = 'SecurityError' }
            @{ Faults = 'submit:empty'; Id = 'NoImageReturned'; Category = 'InvalidResult' }
            @{ Faults = 'submit:429*'; Id = 'RateLimited'; Category = 'LimitsExceeded' }
            @{ Faults = 'submit:refused*'; Id = 'ProviderUnavailable'; Category = 'ConnectionError' }
            @{ Faults = 'submit:lost'; Id = 'SubmitOutcomeUnknown'; Category = 'OperationStopped' }
            @{ Faults = 'submit:500'; Id = 'SubmitOutcomeUnknown'; Category = 'OperationStopped' }
            @{ Faults = 'download:expired*'; Id = 'OutputExpired'; Category = 'ResourceUnavailable' }
            @{ Faults = 'download:wrongtype*'; Id = 'InvalidImageContent'; Category = 'InvalidData' }
        ) {
            $env:NB_SANDBOX_FAULTS = $Faults

            $errors = @(Get-ErrorOf { New-NBImage 'a cat' -Sandbox -MaximumRetryCount 0 -OutDirectory $folder })

            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $errors[0].CategoryInfo.Category | Should -Be $Category
            Get-ChildItem $folder -Force | Should -HaveCount 0
        }

        It 'tries again after a 429' {
            $env:NB_SANDBOX_FAULTS = 'submit:429=0'
            (New-NBImage 'a cat' -Sandbox -OutDirectory $folder).Path | Should -Exist
        }

        It 'B1: refuses a field that -Count or -Resolution sets, before anything is sent' {
            $before = @(Get-NBJob -Sandbox).Count
            $failure = Get-ErrorOf { New-NBImage x -Sandbox -MaxCost 0.1 -AdditionalProperties @{ num_images = 4; resolution = '4K' } -OutDirectory $folder }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $failure.Exception.Message | Should -Match '-Count|-Resolution'
            @(Get-NBJob -Sandbox).Count | Should -Be $before
        }

        It 'B2: refuses the second name of -WebSearch' {
            $failure = Get-ErrorOf { New-NBImage x -Sandbox -AdditionalProperties @{ enable_google_search = $true } -OutDirectory $folder }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $failure.Exception.Message | Should -Match '-WebSearch'
        }

        It 'passes -AdditionalProperties on, and shows the words with which the provider refuses them' {
            $errors = @(Get-ErrorOf { New-NBImage 'a cat' -Provider Apiframe -Sandbox -AdditionalProperties @{ new_field = '3K' } -OutDirectory $folder })

            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $errors[0].Exception.Message | Should -Match 'new_field'
        }

        It 'gives up a job when its time is over' {
            $env:NB_SANDBOX_LATENCY_MS = '60000'
            (Get-ErrorOf { New-NBImage 'a cat' -Sandbox -TimeoutSec 1 -OutDirectory $folder }).FullyQualifiedErrorId | Should -BeLike 'JobTimedOut,*'
        }

        It 'says which variable of the sandbox it does not understand' {
            $env:NB_SANDBOX_FAULTS = 'submit:nonsense'
            (Get-ErrorOf { New-NBImage 'a cat' -Sandbox -OutDirectory $folder }).Exception.Message | Should -Match 'NB_SANDBOX_FAULTS'
        }
    }

    Context 'keeps the key to itself' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }

        It 'shows it in no stream, with -Verbose and -Debug' {
            Connect-Sandbox $sandbox

            $everything = New-NBImage 'a cat' -OutDirectory $folder -Verbose -Debug *>&1

            $everything | Where-Object { $_ -is [NanoBanana.NBImage] } | Should -HaveCount 1
            $everything | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | Should -Not -HaveCount 0
            $everything | Out-String -Width 4096 | Should -Not -Match $env:FAL_KEY
            $everything | ConvertTo-Json -Depth 3 -WarningAction Ignore | Should -Not -Match $env:FAL_KEY
        }

        It 'tells its lines to whoever wants them: <Wish>' -ForEach @(
            @{ Wish = '-Verbose'; Line = 'New-NBImage $prompt @more -Verbose'; Verbose = $true; Debug = $false }
            @{ Wish = '-Debug'; Line = 'New-NBImage $prompt @more -Debug'; Verbose = $false; Debug = $true }
            @{ Wish = 'a preference'; Line = '$VerbosePreference = "Continue"; New-NBImage $prompt @more'; Verbose = $true; Debug = $false }
            @{ Wish = 'a preference for Debug'; Line = '$DebugPreference = "Continue"; New-NBImage $prompt @more'; Verbose = $false; Debug = $true }
            @{ Wish = 'a function with -Verbose'; Line = 'function f { [CmdletBinding()] param() New-NBImage $prompt @more }; f -Verbose'; Verbose = $true; Debug = $false }
            @{ Wish = '-Verbose:$false'; Line = '$VerbosePreference = "Continue"; New-NBImage $prompt @more -Verbose:$false'; Verbose = $false; Debug = $false }
            @{ Wish = 'nobody'; Line = 'New-NBImage $prompt @more'; Verbose = $false; Debug = $false }
        ) {
            Connect-Sandbox $sandbox
            $prompt = 'a cat'
            $more = @{ OutDirectory = $folder }

            $everything = & ([scriptblock]::Create($Line)) *>&1

            @($everything | Where-Object { $_ -is [Management.Automation.VerboseRecord] -and "$_" -like 'Fal *: Received' }).Count | Should -Be ([int] $Verbose)
            @($everything | Where-Object { $_ -is [Management.Automation.DebugRecord] -and "$_" -like 'POST http*' }).Count | Should -Be ([int] $Debug)
        }

        It 'takes it from -ApiKey' {
            Connect-Sandbox $sandbox
            $key = [securestring]::new()
            foreach ($letter in 'another-canary'.ToCharArray()) { $key.AppendChar($letter) }
            $env:FAL_KEY = ''

            (New-NBImage 'a cat' -ApiKey $key -OutDirectory $folder).Path | Should -Exist
        }
    }

    Context 'keeps -OutFile honest' {
        It 'refuses an extension and a format that contradict each other' {
            $record = Get-ErrorOf { New-NBImage 'a cat' -OutFile (Join-Path $folder 'a.png') -OutputFormat jpeg -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            Get-ChildItem $folder -Force | Should -BeNullOrEmpty
        }

        It 'looks at every name that a count will write' {
            Set-Content (Join-Path $folder 'a-2.png') 'mine'
            $record = Get-ErrorOf { New-NBImage 'a cat' -OutFile (Join-Path $folder 'a.png') -Count 3 -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'OutputFileExists,*'
            (Get-ChildItem $folder -Force).Name | Should -Be 'a-2.png'
        }
    }
}
