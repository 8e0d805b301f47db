[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

# A key goes through every cmdlet, every provider and every fault. It arrives at the provider, and is found nowhere else.

BeforeDiscovery {
    $names = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    if (-not ('NanoBanana.PowerShell.Tests.KeyTraces' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingRelay.cs') -Raw)
    }
    $names = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
    $providers = @{ Fal = 'FAL_KEY'; ApiDot = 'APIDOT_API_KEY'; Apiframe = 'APIFRAME_API_KEY'; ApiMaster = 'APIMASTER_KEY'; Prospolabs = 'PROSPOLABS_API_KEY' }

    # Forty letters and digits as nothing else has them, and what must be escaped in addresses and in JSON.
    function New-Canary {
        $letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.ToCharArray()
        [string]::new([Security.Cryptography.RandomNumberGenerator]::GetItems[char]($letters, 20)) + '+/' + [string]::new([Security.Cryptography.RandomNumberGenerator]::GetItems[char]($letters, 20)) + '='
    }

    # What goes wrong, for each provider; every item strikes one request.
    function New-Plan([string] $Provider) {
        $asked = $Provider -eq 'Prospolabs' ? 'direct' : 'submit'
        $answers = '429', '500', '400', '503-retry=0', 'credits', 'unauthorized', 'expired', 'bodycode=402', 'redirect=https://198.51.100.7/', 'html', 'wrongtype', 'malformed', 'truncate', 'badlength', 'badlength=-5', 'taken=502', 'refused', 'lost', 'reset', 'slow=5', 'drip=2'
        $ends = 'rejected', 'failed', 'empty'
        $order = @($answers + $ends | ForEach-Object { "${asked}:$_" })
        if ($Provider -eq 'Apiframe') { $order += 'submit:replay', 'submit:conflict' }
        if ($Provider -eq 'Fal') { $order += 'stream:nostream', 'stream:streambreak', 'stream:unauthorized', 'stream:malformed', 'stream:reset' }
        if ($asked -eq 'submit') { $order += 'status:unauthorized', 'status:403', 'status:malformed', 'status:lost', 'status:redirect=https://198.51.100.7/', 'status:html' }
        $order += 'result:reset', 'result:unauthorized', 'result:malformed', 'result:expired'
        $order += 'download:expired', 'download:403', 'download:wrongtype', 'download:badlength', 'download:truncate', 'download:reset', 'download:lost', 'download:redirect=https://198.51.100.7/'
        @{
            Order      = $order -join ','
            Prompts    = $order.Count + 4
            Stall      = "${asked}:stall"
            Test       = @('', 'other:unauthorized*', 'other:403*', 'other:malformed*', 'other:html*')
            NoWait     = $Provider -ne 'Prospolabs'
            Cancel     = 'cancel:unauthorized'
            Edit       = "upload:unauthorized,${asked}:400@2"
            TakesFiles = $Provider -in 'Fal', 'Apiframe', 'ApiMaster'
            Result     = 'status:unauthorized,status:403,result:403,download:403'
        }
    }

    function Start-Canary([string] $Source) {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive $Source)).FullName
        $keys = @{}
        $relays = @{}
        $sandboxes = @{}
        $plan = @{}
        $given = @{ NO_COLOR = '1' }
        foreach ($variable in $NBVariables) { $given[$variable] = $null }
        foreach ($name in $providers.Keys) {
            $keys[$name] = New-Canary
            $sandboxes[$name] = Start-Sandbox # Each has faults of its own, all at the same time.
            $relays[$name] = [NanoBanana.PowerShell.Tests.RecordingRelay]::new(([uri]$sandboxes[$name].Uri).Port)
            $plan[$name] = (New-Plan $name) + @{ Control = $sandboxes[$name].Uri }
            $given["NB_$($name.ToUpperInvariant())_BASEURI"] = "http://127.0.0.1:$($relays[$name].Port)/$($name.ToLowerInvariant())"
            $given["NB_CANARY_$name"] = $keys[$name]
            if ($Source -eq 'Environment') { $given[$providers[$name]] = $keys[$name] }
        }
        $home_ = (New-Item -ItemType Directory -Path (Join-Path $folder 'home')).FullName
        $given['HOME'] = $home_
        $given['NB_STATE_PATH'] = Join-Path $folder 'state'
        $planFile = Join-Path $folder 'plan.json'
        $plan | ConvertTo-Json -Depth 5 | Set-Content $planFile
        $process = Start-Pwsh @('-NonInteractive', '-File', (Join-Path $PSScriptRoot 'CanaryRun.ps1'), '-Source', $Source, '-Folder', $folder, '-Module', $NBManifest, '-PlanFile', $planFile) -Environment $given -Location $folder
        @{
            Source = $Source; Folder = $folder; Keys = $keys; Relays = $relays; Sandboxes = $sandboxes; Process = $process
            Out = $process.StandardOutput.ReadToEndAsync(); Wrong = $process.StandardError.ReadToEndAsync()
        }
    }

    function Complete-Canary($Run) {
        if (-not $Run.Process.WaitForExit(1200000)) {
            $Run.Process.Kill($true)
            throw "It does not end: $($Run.Out.Result) $($Run.Wrong.Result)"
        }
        $Run.Ledgers = @{}
        foreach ($name in $Run.Sandboxes.Keys) { $Run.Ledgers[$name] = Get-SandboxLedger $Run.Sandboxes[$name] }
        $Run.Text = $Run.Out.Result + $Run.Wrong.Result
        Set-Content (Join-Path $Run.Folder 'console.txt') $Run.Text
    }

    $skip = Get-VaultSkip
    $runs = @{}
    foreach ($source in @('ApiKey', 'Environment') + @($skip ? @() : 'Vault')) { $runs[$source] = Start-Canary $source }
    foreach ($run in $runs.Values) { Complete-Canary $run }
}

AfterAll {
    foreach ($run in $runs.Values) {
        if (-not $run.Process.HasExited) { $run.Process.Kill($true) }
        foreach ($relay in $run.Relays.Values) { $relay.Dispose() }
        foreach ($sandbox in $run.Sandboxes.Values) { Stop-Sandbox $sandbox }
    }
    Clear-NBEnvironment
}

Describe 'A key from <_>' -ForEach 'ApiKey', 'Environment', 'Vault' {
    BeforeAll {
        $run = $runs[$_]
        if ($run) { $traces = [NanoBanana.PowerShell.Tests.KeyTraces]::new(@($run.Keys.Values)) }
    }
    BeforeEach { if (-not $run) { Set-ItResult -Skipped -Because $skip } }

    It 'goes through to the end' {
        $run.Process.ExitCode | Should -Be 0 -Because $run.Text
    }

    It 'arrives at <_>, and at nobody else' -ForEach $names {
        $run.Relays[$_].Count($run.Keys[$_]) | Should -BeGreaterThan 20
        foreach ($other in $names -ne $_) { $run.Relays[$_].Count($run.Keys[$other]) | Should -Be 0 }
    }

    It 'goes through every cmdlet' {
        $driven = @(Get-ChildItem $run.Folder -Recurse -Filter driven.txt | Get-Content) + 'Set-NBCredential', 'Remove-NBCredential' | Sort-Object -Unique
        $missing = (Get-Command -Module NanoBanana).Name | Where-Object { $_ -notin $driven }
        $missing | Should -BeNullOrEmpty
    }

    It 'goes through every fault at <_>' -ForEach $names {
        $only = @{ Replay = 'Apiframe'; Conflict = 'Apiframe'; NoStream = 'Fal'; StreamBreak = 'Fal' }
        $struck = $run.Ledgers[$_].faults.PSObject.Properties.Name
        $provider = $_
        $missing = Get-Content (Join-Path $run.Folder kinds.txt) | Where-Object { $_ -notin $struck -and ($only[$_] ?? $provider) -eq $provider }
        $missing | Should -BeNullOrEmpty
    }

    It 'leaves something to look at in each place' {
        (Get-ChildItem (Join-Path $run.Folder 'state') -Recurse -File -Filter '*.json').Count | Should -BeGreaterThan 50
        Join-Path $run.Folder 'state' 'options.json' | Should -Exist
        foreach ($name in $providers.Keys) {
            $lines = Get-Content (Join-Path $run.Folder "host-$name.txt") -Raw
            $lines | Should -Match 'Progress: Making pictures'
            $lines | Should -Match 'Verbose: '
            $lines | Should -Match 'Debug: '
            (Get-Item (Join-Path $run.Folder "transcript-$name.txt")).Length | Should -BeGreaterThan 5000
            (Get-Content (Join-Path $run.Folder "seen-$name" ids.txt)).Count | Should -BeGreaterThan 8
        }
    }

    It 'is found in no stream, no error and no file' {
        # The search itself is seen to work: on the whole key, on a part, and in other spellings.
        $key = $run.Keys['Fal']
        foreach ($spelling in $key, $key.Substring(3, 8), [uri]::EscapeDataString($key), [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("x:$key")), ($key | ConvertTo-Json)) {
            $traces.Find("some text $spelling and more") | Should -Not -BeNullOrEmpty
        }

        $traces.Find($run.Text) | Should -Be $null
        $files = Get-ChildItem $run.Folder -Recurse -File -Force
        $files.Count | Should -BeGreaterThan 100
        $found = foreach ($file in $files) {
            if ($trace = $traces.Find([IO.File]::ReadAllBytes($file.FullName))) { "$($file.FullName): $trace" }
        }
        $found | Should -BeNullOrEmpty
    }
}
