<#
.SYNOPSIS
Runs the Pester tests against the built module and writes the results as JUnit XML, which keeps the reason of each skip.
.DESCRIPTION
Ends with exit code 0 when nothing failed, 1 when something did, and 2 when there is no Pester.
#>
[CmdletBinding()]
param(
    # The file for the results.
    [Parameter(Mandatory)]
    [string] $ResultFile,

    # Only the test files with such a name; wildcards are allowed.
    [string] $Filter = '*',

    # The Pester.psd1 to use; without it, the newest Pester 5 that is installed.
    [string] $PesterPath
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
if (-not $PesterPath) {
    $PesterPath = Get-Module Pester -ListAvailable | Where-Object { $_.Version -ge '5.5.0' -and $_.Version -lt '6.0' } |
        Sort-Object Version -Descending | Select-Object -First 1 -ExpandProperty Path
}
if (-not $PesterPath) {
    [Console]::Error.WriteLine('Pester 5.5 or later is not installed: Install-PSResource Pester -Version 5.7.1, or use -PesterPath.')
    exit 2
}

Import-Module $PesterPath
$configuration = New-PesterConfiguration
$configuration.Run.Path = @(
    Get-ChildItem (Join-Path $PSScriptRoot '..' 'tests' 'NanoBanana.PowerShell.Tests') -Filter '*.Tests.ps1' |
        Where-Object Name -Like $Filter | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.TestResult.Enabled = $true
$configuration.TestResult.OutputFormat = 'JUnitXml'
$configuration.TestResult.OutputPath = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($ResultFile)
$configuration.TestResult.TestSuiteName = 'NanoBanana.PowerShell.Tests (Pester)'
# The tests inherit these: as at a user's prompt.
Set-StrictMode -Off
$ErrorActionPreference = 'Continue'
$run = Invoke-Pester -Configuration $configuration
Remove-Module Processes -ErrorAction Ignore # Ends what the tests have started.
exit ($run.Result -eq 'Passed' ? 0 : 1)
