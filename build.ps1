<#
.SYNOPSIS
Builds, tests and shows NanoBanana.
.DESCRIPTION
Each task runs alone. `./build.ps1 ?` lists them.
.EXAMPLE
./build.ps1 test
.EXAMPLE
./build.ps1 -Task Clean, Build, Demo
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # What to do, one task or several.
    [Parameter(Position = 0, ValueFromRemainingArguments)]
    [string[]] $Task = @('Build')
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$env:MSBUILDDISABLENODEREUSE = '1' # No process of the build outlives it.
$PSNativeCommandUseErrorActionPreference = $false

$tasks = [ordered]@{
    Clean  = 'Deletes everything that was built.'
    Build  = 'Builds the module into out/NanoBanana/<version>, ready for Import-Module ./out/NanoBanana.'
    Test   = 'Runs xunit, then Pester against the built module; ends with "N passed, N failed, N skipped".'
    Demo   = 'Makes and edits pictures in the sandbox with the built module; they lie in out/demo.'
    Bench  = 'Measures speed and memory, each figure beside a baseline of the same run; fails when one is over its budget.'
    Format = 'Checks that every C# file is formatted; changes nothing.'
}
$suites = 'NanoBanana.Engine.Tests', 'NanoBanana.Sandbox.Tests', 'NanoBanana.Acceptance'
$results = Join-Path $PSScriptRoot 'out' 'test-results'

# PowerShell as a .NET tool runs inside dotnet: there the program to start is dotnet, and pwsh.dll its first argument.
$ownProgram = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
$pwsh = (Test-Path $ownProgram) ? @($ownProgram) : @('dotnet', (Join-Path $PSHOME 'pwsh.dll'))

function Write-Line([string] $Text) {
    $Host.UI.WriteLine($Text)
}

function Invoke-Program([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { throw "'$Program $($Arguments -join ' ')' ended with exit code $LASTEXITCODE." }
}

function Invoke-Pwsh([string[]] $Arguments) {
    $program, $first = $pwsh
    Invoke-Program $program (@($first) + @('-NoProfile', '-NonInteractive') + $Arguments).Where{ $_ }
}

function Write-Result([string] $Outcome, [string] $Test, [string] $Text) {
    [ordered]@{ outcome = $Outcome; test = $Test; text = $Text } | ConvertTo-Json -Compress |
        Add-Content (Join-Path $results 'results.txt')
}

function Invoke-Clean {
    Remove-Item (Join-Path $PSScriptRoot 'out') -Recurse -Force -ErrorAction Ignore
    Get-ChildItem -Path 'src', 'tests', 'docs', 'tools' -Directory -Recurse -Include 'bin', 'obj' | Remove-Item -Recurse -Force
}

function Invoke-Build {
    Invoke-Program dotnet 'msbuild', 'tools/Module.proj', '-restore', '-nologo', '-verbosity:minimal'

    # The pages of docs/en-US take the place of the short help that was made of the code's comments.
    $module = (Get-ChildItem (Join-Path $PSScriptRoot 'out' 'NanoBanana') -Filter NanoBanana.psd1 -Recurse | Select-Object -First 1).DirectoryName
    Invoke-Pwsh '-File', 'tools/Help.ps1', '-Module', $module, '-OutputFolder', (Join-Path $module 'en-US')
}

function Invoke-Step([string] $Name, [scriptblock] $Step) {
    try {
        & $Step
    }
    catch {
        Write-Line "$Name`: $_"
        Write-Result failed $Name "$_"
        $script:failedSteps += $Name
    }
}

function Invoke-Test {
    Remove-Item $results -Recurse -Force -ErrorAction Ignore
    $null = New-Item $results -ItemType Directory -Force
    $env:NB_TEST_SKIPS = Join-Path $results 'skips.txt'

    Invoke-Step 'build' {
        Invoke-Program dotnet 'build', 'NanoBanana.PowerShell.sln', '-c', 'Release', '-nologo', '-verbosity:quiet'
        Invoke-Build
    }
    foreach ($suite in $suites) {
        # A failed test is counted below, out of the results; here it must not end the run.
        dotnet test "tests/$suite" -c Release --no-build -nologo --verbosity quiet --logger "trx;LogFileName=$suite.trx" `
            --results-directory $results --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none
    }
    Invoke-Step 'NanoBanana.PowerShell.Tests (Pester)' {
        if ('build' -in $failedSteps) { throw 'Not run, for there is no module of this source.' }
        Invoke-Pwsh '-File', 'tools/RunPester.ps1', '-ResultFile', (Join-Path $results 'results.txt')
    }

    dotnet run --project tools/NanoBanana.TestSummary -c Release -- $results $suites
    if ($LASTEXITCODE -ne 0) { $script:exitCode = 1 }
}

function Invoke-Demo {
    Invoke-Build
    Invoke-Pwsh '-File', 'tools/Demo.ps1'
}

function Invoke-Bench {
    Invoke-Build

    # Everything is measured, also after a figure that is over its budget; one such figure fails the task.
    $over = @()
    foreach ($measure in @(
            { Invoke-Program dotnet 'run', '--project', 'tests/NanoBanana.Benchmarks', '-c', 'Release', '--', '--strict' }
            { Invoke-Pwsh '-File', 'tools/ImportBench.ps1' }
            { Invoke-Pwsh '-File', 'tools/StopBench.ps1' }
        )) {
        try { & $measure } catch { $over += "$_" }
    }
    if ($over) { throw "Over budget, or not measured: $($over -join ' ')" }
}

function Invoke-Format {
    Invoke-Program dotnet 'format', 'NanoBanana.PowerShell.sln', '--verify-no-changes'
}

$exitCode = 0
$failedSteps = @()
$wanted = $Task -split ',' | ForEach-Object Trim | Where-Object { $_ }
$unknown = $wanted | Where-Object { $_ -ne '?' -and $_ -notin $tasks.Keys }
if ($unknown -or $wanted -contains '?') {
    if ($unknown) { Write-Line "There is no task '$($unknown -join "', '")'. There are:" }
    $tasks.GetEnumerator() | ForEach-Object { Write-Line ('  {0,-7} {1}' -f $_.Key, $_.Value) }
    exit ($unknown ? 2 : 0)
}

Push-Location $PSScriptRoot
try {
    foreach ($name in $wanted) { & "Invoke-$name" }
}
catch {
    Write-Line "$_"
    $exitCode = 1
}
finally {
    Pop-Location
}

exit $exitCode
