<#
.SYNOPSIS
Runs a script as a worker of Azure Automation runs a runbook: a runspace whose host has no window and nobody to answer, each
stream recorded for itself. Used by Runbooks.Tests.ps1 in another process; writes what came as one line of JSON.
#>
param(
    # The runbook.
    [Parameter(Mandatory)]
    [string] $Path,

    # A JSON file with its parameters.
    [Parameter(Mandatory)]
    [string] $ParameterFile,

    # The built module, which stands in the runtime environment of the runbook.
    [Parameter(Mandatory)]
    [string] $Module
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
$worker = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Orchestrator', 0)
$state = [initialsessionstate]::CreateDefault2()
$state.ImportPSModule(@($Module))
$runspace = [runspacefactory]::CreateRunspace($worker, $state)
$runspace.Open()
$shell = [powershell]::Create()
$shell.Runspace = $runspace
$parameters = Get-Content -LiteralPath $ParameterFile -Raw | ConvertFrom-Json -AsHashtable
$null = $shell.AddCommand($Path).AddParameters($parameters)
$ended = ''
$output = @()
try { $output = @($shell.Invoke()) }
catch { $ended = $_.Exception.GetBaseException().Message }
$streams = $shell.Streams
'<<<' + ([ordered]@{
        Output   = @($output | ForEach-Object { $_ | ConvertTo-Json -Depth 3 -EnumsAsStrings -Compress -WarningAction Ignore })
        Ended    = $ended
        Error    = @($streams.Error | ForEach-Object { "$($_.FullyQualifiedErrorId): $($_.Exception.Message)" })
        Warning  = @($streams.Warning | ForEach-Object Message)
        Verbose  = @($streams.Verbose | ForEach-Object Message)
        Debug    = @($streams.Debug | ForEach-Object Message)
        Progress = @($worker.Progress | ForEach-Object Activity) + @($streams.Progress | ForEach-Object Activity)
        Host     = @($worker.Lines | Where-Object { $_ -notmatch '^(Progress|Warning|Verbose|Debug): ' })
        State    = "$($shell.InvocationStateInfo.State)"
    } | ConvertTo-Json -Depth 4 -Compress) + '>>>'
