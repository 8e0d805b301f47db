<#
.SYNOPSIS
How long Import-Module takes, in fresh processes, beside the smallest binary module that PowerShell brings along;
and how long the first image takes after it, beside the second. The exit code is 1 when the import is over its budget.
#>
[CmdletBinding()]
param(
    # How many fresh processes for each module.
    [int] $Runs = 11,

    # The most that our import may take, as a multiple of the other.
    [double] $Budget = 1.5,

    # The module to measure; the one that was built when left out.
    [string] $Manifest
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Shared.ps1')
if (-not $Manifest) { $Manifest = Find-BuiltManifest }
$env:NB_STATE_PATH = Join-Path $PSScriptRoot '..' '..' 'out' 'state' # Not among the user's own jobs and options.
$other = Get-Module Microsoft.PowerShell.ThreadJob, ThreadJob -ListAvailable | Select-Object -First 1
if (-not $other) {
    $Host.UI.WriteLine('Import: not measured, for there is no ThreadJob module to compare with.')
    exit 0
}

$ownProgram = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
$program, $first = (Test-Path $ownProgram) ? @($ownProgram, @()) : @('dotnet', @(Join-Path $PSHOME 'pwsh.dll'))

# What a script measures in a fresh process: numbers, separated by blanks.
function Measure-Fresh([string] $Script) {
    $start = "`$ProgressPreference = 'SilentlyContinue'; `$watch = [Diagnostics.Stopwatch]::StartNew(); "
    $text = & $program @first -NoProfile -NonInteractive -Command "$start$Script"
    -split $text | ForEach-Object { [double]::Parse($_, [cultureinfo]::InvariantCulture) }
}

function Measure-Import([string] $Path) {
    Measure-Fresh "Import-Module '$Path'; `$watch.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
}

function Measure-Picture([string] $Folder) {
    $env:NB_SANDBOX_LATENCY_MS = '0'
    $picture = "(Measure-Command { New-NBImage 'a cat' -Sandbox -OutDirectory '$Folder' }).TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
    Measure-Fresh "Import-Module '$Manifest'; $picture; $picture"
}

# The first of each only warms the disk. Then by turns, so that whatever else the machine does falls on both.
$null = Measure-Import $Manifest
$null = Measure-Import $other.Path
$times = @{ Ours = @(); Other = @() }
for ($i = 0; $i -lt $Runs; $i++) {
    $times.Other += Measure-Import $other.Path
    $times.Ours += Measure-Import $Manifest
}

$mine = Get-Median $times.Ours
$theirs = Get-Median $times.Other
$ratio = $mine / $theirs
$over = $ratio -gt $Budget
$Host.UI.WriteLine(('Import-Module, median of {0} fresh processes by turns: NanoBanana {1:0.0} ms, {2} {3:0.0} ms, ratio {4:0.00} (budget {5:0.00}): {6}' -f
        $Runs, $mine, $other.Name, $theirs, $ratio, $Budget, ($over ? 'OVER' : 'ok')))

$folder = Join-Path ([IO.Path]::GetTempPath()) "nb-bench-$PID"
try {
    $pictures = @(for ($i = 0; $i -lt $Runs; $i++) { , @(Measure-Picture $folder) })
    $firstPicture = Get-Median ($pictures | ForEach-Object { $_[0] })
    $secondPicture = Get-Median ($pictures | ForEach-Object { $_[1] })
    $Host.UI.WriteLine(('New-NBImage -Sandbox, median of {0} fresh processes: the first {1:0} ms, the second {2:0} ms' -f
            $Runs, $firstPicture, $secondPicture))
}
finally {
    Remove-Item $folder -Recurse -Force -ErrorAction Ignore
}
exit ($over ? 1 : 0)
