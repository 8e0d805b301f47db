<#
.SYNOPSIS
Prints each failed test, each skip with its reason, and last the line "N passed, N failed, N skipped".
.OUTPUTS
The exit code: 1 when anything failed, or when nothing ran.
#>
[CmdletBinding()]
param(
    # The folder of the results: *.trx of the xunit suites, Pester.xml (JUnit).
    [Parameter(Mandatory)]
    [string] $Folder,

    # What else went wrong; counts as a failure where no failed test explains it.
    [string] $RunError
)

Set-StrictMode -Version 3.0
$tests = @(
    foreach ($file in Get-ChildItem $Folder -Filter *.trx -ErrorAction Ignore) {
        $run = ([xml](Get-Content $file -Raw)).TestRun
        foreach ($result in $run.Results.ChildNodes) {
            $message = $result.SelectNodes('.//*[local-name()="Message" or local-name()="StackTrace"]').ForEach{ $_.InnerText } -join "`n"
            $output = $result.SelectNodes('.//*[local-name()="StdOut"]').ForEach{ $_.InnerText } -join "`n"
            [regex]::Matches($output, '(?m)^SHOWN (.*?)\r?$').ForEach{ Write-Host "SHOWN   $($result.testName): $($_.Groups[1].Value)" }
            if (-not $message) { $message = $output }
            [pscustomobject]@{ Name = $result.testName; Outcome = $result.outcome -replace 'NotExecuted', 'Skipped'; Message = $message }
        }
        # A crash or a test that hung stands only in the run's own messages; a failed test stands there once more.
        foreach ($message in $run.SelectNodes('.//*[local-name()="RunInfo"][@outcome="Error"]') | Where-Object InnerText -NotMatch '\[FAIL\]') {
            [pscustomobject]@{ Name = $file.BaseName; Outcome = 'Failed'; Message = $message.InnerText }
        }
    }
    $pester = Join-Path $Folder 'Pester.xml'
    if (Test-Path $pester) {
        foreach ($case in ([xml](Get-Content $pester -Raw)).SelectNodes('//testcase')) {
            $message = $case.SelectNodes('skipped|failure').ForEach{ "$($_.GetAttribute('message'))`n$($_.InnerText)" } -join "`n"
            [pscustomobject]@{ Name = $case.name; Outcome = $case.status -replace 'NotRun', 'Skipped'; Message = $message -replace '^is skipped,?\s*(because\s*)?' }
        }
    }
)
if ($RunError -and -not ($tests | Where-Object Outcome -EQ 'Failed')) { $tests += [pscustomobject]@{ Name = 'The run'; Outcome = 'Failed'; Message = $RunError } }

foreach ($test in $tests | Where-Object Outcome -NE 'Passed' | Sort-Object Outcome, Name) {
    Write-Host "$($test.Outcome.ToUpperInvariant()) $($test.Name): $($test.Message.Trim() -replace '\r?\n', "`n        ")"
}
$passed, $failed, $skipped = foreach ($outcome in 'Passed', 'Failed', 'Skipped') { @($tests | Where-Object Outcome -EQ $outcome).Count }
Write-Host "$passed passed, $failed failed, $skipped skipped"
$passed -gt 0 -and $failed -eq 0 -and $passed + $skipped -eq $tests.Count ? 0 : 1
