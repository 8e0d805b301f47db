<#
.SYNOPSIS
Runs the Pester tests against the built module and writes one line for each into a file.
#>
[CmdletBinding()]
param(
    # Where the results are added, one JSON object a line.
    [Parameter(Mandatory)]
    [string] $ResultFile,

    # Only these test files, by a part of their name.
    [string] $Filter = '*'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$results = $ResultFile
$suite = 'NanoBanana.PowerShell.Tests (Pester)'

function Write-Result([string] $Outcome, [string] $Test, [string] $Text) {
    [ordered]@{ outcome = $Outcome; test = $Test; text = $Text } | ConvertTo-Json -Compress | Add-Content $results
}

$pester = Get-Module Pester -ListAvailable | Where-Object Version -GE '5.5.0' | Sort-Object Version -Descending | Select-Object -First 1
if (-not $pester) {
    Write-Result skipped $suite 'Pester 5.5 or later is not installed (Install-PSResource Pester)'
    $Host.UI.WriteLine('Pester is not installed, so the tests of the cmdlets are skipped: Install-PSResource Pester')
    exit 0
}

Import-Module $pester.Path
$configuration = New-PesterConfiguration
$configuration.Run.Path = @(
    Get-ChildItem (Join-Path $PSScriptRoot '..' 'tests' 'NanoBanana.PowerShell.Tests') -Filter '*.Tests.ps1' |
        Where-Object Name -Like $Filter | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.TestResult.Enabled = $false
$configuration.CodeCoverage.Enabled = $false

# Whatever a test file does, nothing of it lands among the user's own jobs and options.
$stateBefore = $env:NB_STATE_PATH
$env:NB_STATE_PATH = Join-Path ([IO.Path]::GetTempPath()) "nb-pester-$([guid]::NewGuid().ToString('n'))"
$state = $env:NB_STATE_PATH
try {
    $run = Invoke-Pester -Configuration $configuration
}
finally {
    Remove-Item $state -Recurse -Force -ErrorAction Ignore
    $env:NB_STATE_PATH = $stateBefore
}

foreach ($test in $run.Tests) {
    $text = ''
    $outcome = switch ($test.Result) {
        'Passed' { 'passed' }
        'Skipped' { 'skipped' }
        'NotRun' { 'skipped' }
        default { 'failed' }
    }
    if ($outcome -ne 'passed' -and $test.ErrorRecord.Count -gt 0) {
        $text = ($test.ErrorRecord | ForEach-Object { $_.Exception.Message }) -join "`n"
        if ($outcome -eq 'skipped') { $text = $text -replace '^is skipped,?\s*(because)?\s*', '' }
        if ($outcome -eq 'failed') { $text += "`n" + $test.ScriptBlock.File + ':' + $test.StartLine }
    }
    elseif ($outcome -eq 'skipped') {
        $text = 'this machine lacks what it needs'
    }
    Write-Result $outcome $test.ExpandedPath $text
}

# A file that cannot be read, or a BeforeAll that fails, leaves no tests: that is a failure too.
foreach ($container in $run.FailedContainers) {
    Write-Result failed $container.Item.Name (($container.ErrorRecord | ForEach-Object { "$_" }) -join "`n")
}
foreach ($block in $run.FailedBlocks) {
    Write-Result failed $block.ExpandedPath (($block.ErrorRecord | ForEach-Object { "$_" }) -join "`n")
}
if ($run.TotalCount -eq 0 -and $run.FailedContainers.Count -eq 0) { Write-Result failed $suite 'no test was found' }
exit 0
