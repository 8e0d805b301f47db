[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Clear-NBEnvironment
    if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
    }

    # A script in a runspace of its own, as the console runs one.
    function Open-Script {
        param([string] $Script, $ScriptHost)

        $runspace = $ScriptHost ? [runspacefactory]::CreateRunspace($ScriptHost) : [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $null = $shell.AddScript("Import-Module '$NBManifest'; $Script")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        [pscustomobject]@{ Shell = $shell; Runspace = $runspace; Output = $output; Running = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output) }
    }

    # Ctrl+C, and how long it took until the prompt would be back.
    function Measure-Stop {
        param($Run)

        $watch = [Diagnostics.Stopwatch]::StartNew()
        $Run.Shell.Stop()
        $watch.Elapsed
    }

    function Close-Script {
        param($Run)

        $Run.Shell.Dispose()
        $Run.Runspace.Dispose()
    }

    # What the calls and the jobs are made to take: without a stop, every test here would take so long.
    $forever = 120
}

Describe 'Stopping' {
    BeforeEach {
        Clear-NBEnvironment
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    AfterAll { Clear-NBEnvironment }

    Context 'Ctrl+C while <While>' -ForEach @(
        @{ While = 'submitting'; Latency = 10; Faults = 'submit:slow=120000*'; Reached = { $ledger.requests.submit -ge 1 }; Edit = $false }
        @{ While = 'waiting'; Latency = 120000; Faults = ''; Reached = { $ledger.requests.stream -ge 1 }; Edit = $false }
        @{ While = 'downloading'; Latency = 10; Faults = 'download:slow=120000*'; Reached = { $ledger.requests.download -ge 1 }; Edit = $false }
        @{ While = 'uploading'; Latency = 10; Faults = 'upload:slow=120000*'; Reached = { $ledger.requests.upload + $ledger.requests.uploadTicket -ge 1 }; Edit = $true }
    ) {
        BeforeAll {
            $sandbox = Open-Sandbox -LatencyMs $Latency -Faults $Faults
            if ($Edit) {
                Import-BuiltModule
                $reference = (New-NBImage 'a shoe' -Sandbox -OutDirectory $TestDrive).Path
            }
        }
        AfterAll { Close-Sandbox $sandbox }

        It 'brings the prompt back, and leaves no partial file' {
            Connect-Sandbox $sandbox
            $command = $Edit ? "Get-Item '$reference' | Edit-NBImage 'at night'" : "New-NBImage 'a cat', 'a dog'"
            $run = Open-Script "$command -OutDirectory '$folder'"
            try {
                Wait-Until "it is $While" {
                    $ledger = Get-SandboxLedger $sandbox
                    & $Reached
                }

                $took = Measure-Stop $run

                $run.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
                $took.TotalSeconds | Should -BeLessThan ($forever / 10)
                $run.Output | Should -HaveCount 0
                Get-ChildItem $folder -Force -Recurse | Should -HaveCount 0
            }
            finally { Close-Script $run }
        }
    }

    Context 'Ctrl+C while asking' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }
        BeforeEach {
            Connect-Sandbox $sandbox
            Clear-Sandbox $sandbox
        }

        It 'brings the prompt back, and sends nothing' {
            $asking = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Asking', 0, -1)
            $run = Open-Script "New-NBImage 'a cat' -OutDirectory '$folder' -Confirm" $asking
            try {
                $asking.Asked.Wait(60000) | Should -BeTrue
                $stop = $run.Shell.BeginStop($null, $null)
                $asking.Interrupt()
                $run.Shell.EndStop($stop)

                $run.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
                (Get-SandboxLedger $sandbox).requests.submit | Should -BeIn 0, $null
            }
            finally { Close-Script $run }
        }

        It 'names the provider, the model, the count and the cost' {
            $asking = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Asking', 0, 2) # No
            $run = Open-Script "New-NBImage 'a cat' -Count 2 -OutDirectory '$folder' -Confirm" $asking
            try { $null = $run.Shell.EndInvoke($run.Running) }
            finally { Close-Script $run }

            $asking.Question | Should -Match 'Fal'
            $asking.Question | Should -Match 'nano-banana'
            $asking.Question | Should -Match '2'
            $asking.Question | Should -Match 'dollars'
            (Get-SandboxLedger $sandbox).requests.submit | Should -BeIn 0, $null
        }

        It 'goes on when the answer is yes' {
            $asking = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Asking', 0, 0) # Yes
            $run = Open-Script "New-NBImage 'a cat' -OutDirectory '$folder' -Confirm" $asking
            try { $null = $run.Shell.EndInvoke($run.Running) }
            finally { Close-Script $run }

            $run.Output | Should -HaveCount 1
            $run.Output[0].Path | Should -Exist
        }
    }

    Context 'Ctrl+C with jobs under way' {
        BeforeAll {
            . (Join-Path $PSScriptRoot 'Jobs.ps1')
            Import-BuiltModule
            $sandbox = Open-Sandbox -LatencyMs 2000
        }
        AfterAll { Close-Sandbox $sandbox }

        It 'C1: submits at Prospolabs go on in the background of the session, and their images are saved' {
            $env:NB_STATE_PATH = Join-Path $folder 'state'
            Connect-EveryProvider $sandbox
            $console = Open-Console "1..6 | ForEach-Object { ""fox `$_"" } | New-NBImage -Provider Prospolabs -ThrottleLimit 6 -OutDirectory '$folder'"
            try {
                Wait-Until 'all are submitted' { (Get-SandboxLedger $sandbox).entries.Count -eq 6 }
                $console.Shell.Stop()
                "$($console.Host.Warnings)" | Should -BeLike '6 submits are still under way*'
            }
            finally { Close-Console $console }

            (Get-NBJob | Wait-NBJob).State | Sort-Object -Unique | Should -Be 'Received'
            Get-ChildItem $folder -File -Force | Should -HaveCount 6
            (Get-SandboxLedger $sandbox).billed | Should -Be 6
        }

        It 'C2: the line that is printed for 8 jobs of -Sandbox brings these, and no others' {
            $env:NB_STATE_PATH = Join-Path $folder 'state'
            $env:NB_SANDBOX_LATENCY_MS = '2000'
            $other = New-NBImage 'another' -Sandbox -NoWait -OutDirectory $folder
            $console = Open-Console "1..8 | ForEach-Object { ""fox `$_"" } | New-NBImage -Sandbox -ThrottleLimit 8 -OutDirectory '$folder'"
            try {
                Wait-Until 'all are taken' { @(Get-NBJob -Sandbox -State Submitted, Running).Count -eq 9 }
                $console.Shell.Stop()
                $line = ($console.Host.Warnings -split [Environment]::NewLine)[-1]
            }
            finally { Close-Console $console }

            $line | Should -Match '^Get-NBJob [\w,]+ -Sandbox \| Receive-NBJob -Wait$'
            $images = & ([scriptblock]::Create($line))
            $images | Should -HaveCount 8
            $images.JobId | Should -Not -Contain $other.Id
            $images.Path | Should -Exist
        }
    }

    Context 'A pipeline that has enough' {
        BeforeAll { $sandbox = Open-Sandbox -LatencyMs 10 }
        AfterAll { Close-Sandbox $sandbox }

        It 'submits only a handful of 1,000 prompts' {
            Import-BuiltModule
            Connect-Sandbox $sandbox

            $images = 1..1000 | ForEach-Object { "prompt $_" } | New-NBImage -ThrottleLimit 4 -OutDirectory $folder | Select-Object -First 2

            $images | Should -HaveCount 2
            (Get-SandboxLedger $sandbox).entries.Count | Should -BeLessThan 30
            Get-ChildItem $folder -Force -Filter '*.partial' | Should -HaveCount 0
            $images.Path | Should -Exist
        }

        It 'stops with the first error when asked to' {
            Import-BuiltModule
            Connect-Sandbox $sandbox
            $before = (Get-SandboxLedger $sandbox).entries.Count

            { 1..1000 | ForEach-Object { $_ -eq 3 ? ' ' : "prompt $_" } | New-NBImage -ThrottleLimit 2 -OutDirectory $folder -ErrorAction Stop } | Should -Throw

            (Get-SandboxLedger $sandbox).entries.Count - $before | Should -BeLessThan 30
        }
    }
}
