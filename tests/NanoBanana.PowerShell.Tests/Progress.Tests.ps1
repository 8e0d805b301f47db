[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
    }

    $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'out')).FullName
    $order = "Import-Module '$NBManifest'; New-NBImage 'a cat' -OutDirectory '$folder'"

    # A script in a runspace with a host; what it wrote, the progress of its streams too.
    function Invoke-InHost {
        param($ScriptHost, [string] $Script = $order)

        $runspace = $ScriptHost ? [runspacefactory]::CreateRunspace($ScriptHost) : [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create()
        try {
            $shell.Runspace = $runspace
            $null = $shell.AddScript("Write-Progress 'the script itself'; $Script")
            $image = $shell.Invoke()
            $image.Path | Should -Exist
            $shell.Streams.Error | Should -BeNullOrEmpty
            , @($shell.Streams.Progress | ForEach-Object Activity)
        }
        finally {
            $shell.Dispose()
            $runspace.Dispose()
        }
    }
}

AfterAll { Clear-NBEnvironment }

Describe 'Progress' {
    BeforeAll {
        # Longer than the pause between two pictures of the progress bar, also for a command that comes after the order.
        $sandbox = Open-Sandbox -LatencyMs 2500
        Connect-Sandbox $sandbox
    }
    AfterAll { Close-Sandbox $sandbox }

    It 'of <Command> is shown in a host with a window, and taken away at the end' -ForEach @(
        @{ Command = 'New-NBImage'; Ends = ''; Bar = 'Making pictures' }
        @{ Command = 'Wait-NBJob'; Ends = ' -NoWait | Set-Variable job; $null = Wait-NBJob $job; Receive-NBJob $job'; Bar = 'Waiting for pictures' }
        @{ Command = 'Receive-NBJob'; Ends = ' -NoWait | Set-Variable job; Receive-NBJob $job -Wait'; Bar = 'Fetching pictures' }
    ) {
        $seen = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Recording', 120)

        $null = Invoke-InHost $seen ($order + $Ends)

        $shown = $seen.Progress
        $first = [array]::IndexOf([string[]]$shown.Activity, $Bar)
        $first | Should -BeGreaterOrEqual 0 -Because "these came: $($shown.Activity -join ', ')"
        $bars = $shown[$first..($shown.Count - 1)]
        $bars[0].StatusDescription | Should -Be '0 pictures, 0 of 1 jobs ended'
        $bars.Activity | Should -Contain 'a cat'
        $bars | Group-Object ActivityId | ForEach-Object { $_.Group[-1].RecordType | Should -Be 'Completed' }
    }

    It 'is not written at all in a host <_>' -ForEach 'without a window', 'of a remote session', 'of a service' {
        $name = @{ 'of a remote session' = 'ServerRemoteHost'; 'of a service' = 'Default Host' }[$_] ?? 'Orchestrator'
        $seen = [NanoBanana.PowerShell.Tests.RecordingHost]::new($name, ($_ -eq 'without a window' ? 0 : 120))

        $streams = Invoke-InHost $seen

        # What the script writes itself comes: so the host would have been told.
        $seen.Progress.Activity | Should -Be 'the script itself'
        $streams | Should -Be 'the script itself'
    }

    It 'is not written at all where there is no host' {
        Invoke-InHost | Should -Be 'the script itself'
    }

    It 'is not written at all in <_>' -ForEach 'a background job', 'a thread job' {
        if ($_ -eq 'a thread job' -and -not (Get-Command Start-ThreadJob -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'ThreadJob is not installed' }
        if ($_ -eq 'a background job' -and ($why = Get-StartJobSkip)) { Set-ItResult -Skipped -Because $why }
        $script = [scriptblock]::Create("Write-Progress 'the script itself'; $order")
        $job = $_ -eq 'a thread job' ? (Start-ThreadJob $script) : (Start-Job $script)
        try {
            $null = Wait-Job $job
            $progress = @($job.Progress) + @($job.ChildJobs | ForEach-Object Progress)
            $progress.Activity | Should -Contain 'the script itself'
            $progress.Activity | Should -Not -Contain 'a cat'
            $progress.Activity | Should -Not -Contain 'Making pictures'
        }
        finally { Remove-Job $job -Force }
    }

    It 'is <Words> in a terminal<With>' -ForEach @(
        @{ Words = 'shown'; With = ''; Shown = $true; Given = '' }
        @{ Words = 'not written'; With = ' with -NonInteractive'; Shown = $false; Given = '-NonInteractive' }
        @{ Words = 'not written'; With = ' with -noni'; Shown = $false; Given = '-noni' }
    ) {
        # script(1) of util-linux is a terminal for what it runs; it answers no questions for the cursor, which nobody asks without input.
        if (-not $IsLinux -or -not (Get-Command script -CommandType Application -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'script of util-linux is not here' }
        $program = "'$((Get-PwshCommand) -join "' '")'"
        $file = Join-Path $TestDrive 'order.ps1'
        Set-Content $file "`$PSStyle.Progress.View = 'Minimal'; $order | Out-Null; 'it is done'"
        $text = script -qec "stty rows 40 cols 150; unset NO_COLOR; export TERM=xterm; $program $Given -File '$file' < /dev/null" /dev/null | Out-String

        $text | Should -Match 'it is done'
        if ($Shown) { $text | Should -Match 'Making pictures' } else { $text | Should -Not -Match 'Making pictures' }
    }
}
