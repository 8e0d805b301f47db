<#
.SYNOPSIS
Builds, tests and demonstrates NanoBanana.
.DESCRIPTION
Each task runs alone; `./build.ps1 ?` lists them. Invoke-Build and Pester come from NuGet (tools/Modules.csproj).
.EXAMPLE
./build.ps1 Test
.EXAMPLE
./build.ps1 Clean, Build, Demo
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    # One task or several.
    [Parameter(Position = 0)]
    [string[]] $Tasks = 'Build'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$env:MSBUILDDISABLENODEREUSE = '1' # No process of the build outlives it.
$results = Join-Path $PSScriptRoot 'out' 'test-results'

# The path of a module that tools/Modules.csproj names: of its folder of tools in the NuGet package.
function Get-ModulePath([string] $Name) {
    $assets = Join-Path $PSScriptRoot 'tools' 'obj' 'project.assets.json'
    for ($restored = $false; ; $restored = $true) {
        if (Test-Path $assets) {
            $json = Get-Content $assets -Raw | ConvertFrom-Json -AsHashtable
            $version = $json.project.frameworks.Values.downloadDependencies.Where{ $_.name -eq $Name }.version -replace '[\[\]]|,.*'
            $path = $json.packageFolders.Keys | ForEach-Object { Join-Path $_ $Name.ToLowerInvariant() $version 'tools' } | Where-Object { Test-Path $_ }
            if ($path) { return @($path)[0] }
        }
        if ($restored) { throw "$Name $version is not in the NuGet packages." }
        dotnet restore (Join-Path $PSScriptRoot 'tools' 'Modules.csproj') -verbosity:quiet
        if ($LASTEXITCODE -ne 0) { throw 'tools/Modules.csproj could not be restored (see above).' }
    }
}

if ($MyInvocation.ScriptName -notlike '*Invoke-Build.ps1') {
    $result = $null
    & (Join-Path (Get-ModulePath Invoke-Build) 'Invoke-Build.ps1') $Tasks $PSCommandPath -Safe -Result result | Out-Host
    if ('Test' -in $Tasks) { exit (& (Join-Path $PSScriptRoot 'tools' 'TestSummary.ps1') $results "$($result.Error)") }
    exit ($result.Error ? 1 : 0)
}

# Runs a script in a PowerShell of its own. PowerShell as a .NET tool has no program: there dotnet runs pwsh.dll.
function Invoke-Pwsh([string[]] $Arguments) {
    $own = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    $program, $first = (Test-Path $own) ? @($own) : @('dotnet', (Join-Path $PSHOME 'pwsh.dll'))
    & $program @(@($first) + @('-NoProfile', '-NonInteractive', '-File') + $Arguments).Where{ $_ }
}

# The folder of the built module.
function Get-ModuleFolder {
    Join-Path 'out' 'NanoBanana' (Import-PowerShellDataFile NanoBanana.psd1).ModuleVersion
}

# Lays out the module in out/NanoBanana/<version>.
function Export-ModuleFolder {
    $built = 'src/NanoBanana.PowerShell/bin/Release/net8.0'
    $dependencies = Get-ChildItem $built -Filter *.dll | Where-Object Name -NotIn 'NanoBanana.PowerShell.dll', 'NanoBanana.Abstractions.dll'
    # These are the host's: a private copy would clash with it and with other modules.
    $clashing = $dependencies | Where-Object Name -Match '^(System|Microsoft)\.'
    if ($clashing) { throw "The module must not carry $($clashing.Name -join ', ')." }

    # A session may have the last build loaded. Its files are moved aside, which every system allows, then deleted,
    # which Windows allows only once that session has ended.
    $module = Get-ModuleFolder
    $replaced = New-Item (Join-Path 'out' 'replaced' (New-Guid)) -ItemType Directory
    Get-ChildItem $module -File -Recurse -ErrorAction Ignore | Move-Item -Destination { Join-Path $replaced (New-Guid) }
    Remove-Item 'out/replaced', $module -Recurse -Force -ErrorAction Ignore

    $null = New-Item (Join-Path $module 'deps'), (Join-Path $module 'en-US') -ItemType Directory -Force
    Copy-Item "$built/NanoBanana.PowerShell.dll", "$built/NanoBanana.Abstractions.dll", 'NanoBanana.psd1', 'LICENSE', 'README.md',
        'CHANGELOG.md', 'src/NanoBanana.PowerShell/NanoBanana.Format.ps1xml' $module
    Copy-Item $dependencies (Join-Path $module 'deps')
    Copy-Item 'src/NanoBanana.PowerShell/en-US/*' (Join-Path $module 'en-US')
    Write-Build Green "NanoBanana -> $module"
}

# Synopsis: Deletes everything that was built.
task Clean {
    Remove-Item 'out' -Recurse -Force -ErrorAction Ignore
    Get-ChildItem 'src', 'tests', 'docs', 'tools' -Directory -Recurse -Include 'bin', 'obj' | Remove-Item -Recurse -Force
}

# Synopsis: Builds the module into out/NanoBanana, ready for Import-Module.
task Build {
    exec { dotnet build src/NanoBanana.PowerShell -c Release -nologo -verbosity:quiet }
    Export-ModuleFolder
}

# Synopsis: Runs xunit and Pester; ends with "N passed, N failed, N skipped".
task Test {
    Remove-Item $results -Recurse -Force -ErrorAction Ignore
    $null = New-Item $results -ItemType Directory -Force
    exec { dotnet build NanoBanana.PowerShell.sln -c Release -nologo -verbosity:quiet }
    Export-ModuleFolder
    # Failed tests are counted from the results files.
    $xunit = Start-ThreadJob {
        Set-Location $using:BuildRoot
        dotnet test NanoBanana.PowerShell.sln -c Release --no-build -nologo --verbosity quiet --logger trx --results-directory $using:results
    }
    $pester = Get-Module Pester -ListAvailable | Where-Object { $_.Version.Major -eq 5 } | Sort-Object Version | Select-Object -Last 1
    $path = $pester ? $pester.Path : (Join-Path (Get-ModulePath Pester) 'Pester.psd1')
    Invoke-Pwsh 'tools/RunPester.ps1', '-ResultFile', (Join-Path $results 'Pester.xml'), '-PesterPath', $path
    $code = $LASTEXITCODE
    Receive-Job $xunit -Wait -AutoRemoveJob
    if ($code -ne 0) { throw "Pester ended with exit code $code." }
}

# Synopsis: Makes and edits images in the sandbox; they lie in out/demo.
task Demo Build, {
    exec { Invoke-Pwsh 'tools/Demo.ps1' }
}

# Synopsis: Measures speed and memory; fails when a figure is over budget.
task Bench Build, {
    # Everything is measured, also after a figure that is over its budget.
    $over = foreach ($measure in @(
            { dotnet run --project tests/NanoBanana.Benchmarks -c Release -- --strict }
            { Invoke-Pwsh 'tests/NanoBanana.Benchmarks/Import.ps1' }
            { Invoke-Pwsh 'tests/NanoBanana.Benchmarks/Stop.ps1' }
        )) {
        & $measure | Out-Host
        if ($LASTEXITCODE -ne 0) { "$measure".Trim() }
    }
    if ($over) { throw "Over budget, or not measured: $($over -join '; ')" }
}

# Synopsis: Checks that every C# file is formatted; changes nothing.
task Format {
    exec { dotnet format NanoBanana.PowerShell.sln --verify-no-changes }
}

# Synopsis: Makes the help files from docs/en-US; needs PlatyPS.
task Help {
    exec { Invoke-Pwsh 'tools/Help.ps1' }
}

# Synopsis: Packs the built module for a PowerShell repository, into out/.
task Package Build, {
    Compress-PSResource -Path (Get-ModuleFolder) -DestinationPath out -PassThru | ForEach-Object { Write-Build Green "$_" }
}
