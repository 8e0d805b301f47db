<#
.SYNOPSIS
How long it takes from Ctrl+C until the prompt is back while New-NBImage submits, waits and downloads, beside a Start-Sleep that is
stopped in the same way. The exit code is 1 when one of them is over its budget.
.DESCRIPTION
Ctrl+C in a console is PowerShell.Stop for the pipeline that runs; the time is that of this call, which ends with the pipeline. The
sandbox of this process answers nothing for a minute (a submit for 5 s): whoever waited for its answer would take that long. A submit
that is under way goes on in the background (docs/architecture.md).
#>
[CmdletBinding()]
param(
    # How many stops of each kind.
    [int] $Runs = 5,

    # The most that a stop may take, in milliseconds.
    [double] $Budget = 1000,

    # The module to measure; the one that was built when left out.
    [string] $Manifest
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Shared.ps1')
if (-not $Manifest) { $Manifest = Find-BuiltManifest }
Import-Module $Manifest
$folder = Join-Path ([IO.Path]::GetTempPath()) "nb-stop-$PID"
$before = @{ NB_STATE_PATH = $env:NB_STATE_PATH; NB_SANDBOX_LATENCY_MS = $env:NB_SANDBOX_LATENCY_MS; NB_SANDBOX_FAULTS = $env:NB_SANDBOX_FAULTS }
$order = "Import-Module '$Manifest'; New-NBImage 'a cat' -Sandbox -OutDirectory '$folder'"
$kinds = @(
    @{ Name = 'Start-Sleep'; Script = 'Start-Sleep -Seconds 60'; Latency = 0; Faults = ''; States = @() }
    @{ Name = 'submitting'; Script = $order; Latency = 0; Faults = 'submit:slow=5000*'; States = 'Intent' }
    @{ Name = 'waiting'; Script = $order; Latency = 60000; Faults = ''; States = 'Submitted', 'Running' }
    @{ Name = 'downloading'; Script = $order; Latency = 0; Faults = 'download:slow=60000*'; States = 'Succeeded' }
)

# Until the journal says that the job is there, and for a moment after it, in which the request is sent.
function Wait-State([powershell] $Shell, [string[]] $States) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while ($States -and -not (Get-NBJob -Sandbox -State $States)) {
        if ($Shell.InvocationStateInfo.State -ne 'Running' -or $watch.Elapsed.TotalSeconds -gt 30) { throw "The job never became $States`: $($Shell.Streams.Error)" }
        [Threading.Thread]::Sleep(10)
    }
    [Threading.Thread]::Sleep(250)
}

# One stop, in milliseconds.
function Measure-Stop([hashtable] $Kind) {
    $env:NB_STATE_PATH = Join-Path $folder ([guid]::NewGuid().ToString('n'))
    $env:NB_SANDBOX_LATENCY_MS = "$($Kind.Latency)"
    $env:NB_SANDBOX_FAULTS = $Kind.Faults
    $runspace = [runspacefactory]::CreateRunspace()
    $runspace.Open()
    $shell = [powershell]::Create()
    try {
        $shell.Runspace = $runspace
        $null = $shell.AddScript($Kind.Script).BeginInvoke()
        Wait-State $shell $Kind.States
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $took = $watch.Elapsed.TotalMilliseconds
        if ($shell.InvocationStateInfo.State -ne 'Stopped') { throw "$($Kind.Name) had ended before it was stopped: $($shell.Streams.Error)" }
        $took
    }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
    }
}

# By turns, so that whatever else the machine does falls on all of them.
$times = @{}
try {
    for ($i = 0; $i -lt $Runs; $i++) {
        foreach ($kind in $kinds) { $times[$kind.Name] += @(Measure-Stop $kind) }
    }
}
finally {
    foreach ($name in $before.Keys) { Set-Item "Env:$name" $before[$name] }
    Remove-Item $folder -Recurse -Force -ErrorAction Ignore
}

$baseline = Get-Median $times['Start-Sleep']
$over = 0
foreach ($kind in $kinds | Select-Object -Skip 1) {
    $median = Get-Median $times[$kind.Name]
    $isOver = $median -gt $Budget
    $over += [int]$isOver
    $Host.UI.WriteLine(('Ctrl+C while {0}, median of {1}: {2:0.0} ms, at most {3:0.0} ms; Start-Sleep {4:0.0} ms (budget {5:0} ms): {6}' -f
            $kind.Name, $Runs, $median, ($times[$kind.Name] | Measure-Object -Maximum).Maximum, $baseline, $Budget, ($isOver ? 'OVER' : 'ok')))
}
exit ($over ? 1 : 0)
