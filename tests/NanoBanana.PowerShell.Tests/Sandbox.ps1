# Used by every test file here: the built module, the sandbox on a socket, and what it wrote into its books.

Import-Module (Join-Path $PSScriptRoot 'Processes.psm1') -Global

$NBRoot = (Resolve-Path (Join-Path $PSScriptRoot '..' '..')).Path
$NBManifest = Get-ChildItem (Join-Path $NBRoot 'out' 'NanoBanana') -Filter NanoBanana.psd1 -Recurse -ErrorAction Ignore |
    Select-Object -First 1 -ExpandProperty FullName
if (-not $NBManifest) { throw 'The module is not built: ./build.ps1 build' }

# Variables of the user's own must not reach the tests, nor theirs the next test file.
$NBVariables = @(
    'FAL_KEY', 'APIDOT_API_KEY', 'APIFRAME_API_KEY', 'APIMASTER_KEY', 'PROSPOLABS_API_KEY'
    'NB_FAL_BASEURI', 'NB_APIDOT_BASEURI', 'NB_APIFRAME_BASEURI', 'NB_APIMASTER_BASEURI', 'NB_PROSPOLABS_BASEURI', 'NB_SANDBOX', 'NB_SANDBOX_LATENCY_MS', 'NB_SANDBOX_FAULTS', 'NB_STATE_PATH'
    'NB_PROVIDER', 'NB_RESOLUTION', 'NB_OUTPUT_DIRECTORY', 'NB_VAULT', 'NB_DAILY_BUDGET', 'NB_PRICES', 'NB_JOURNAL_PROMPT', 'NB_LOG_PROMPTS', 'NB_LARGEST_PICTURE_MB'
)

function Import-BuiltModule {
    Import-Module $NBManifest -Global
}

function Clear-NBEnvironment {
    foreach ($name in $NBVariables) { Remove-Item "Env:$name" -ErrorAction Ignore }
    $env:NB_SANDBOX_LATENCY_MS = '10'
    Set-NBStateFolder
}

# The options and jobs of the tests lie in the folder that goes away with their file, never in the user's own.
function Set-NBStateFolder {
    $parent = (Get-Variable TestDrive -ValueOnly -ErrorAction Ignore) ?? (Join-Path ([IO.Path]::GetTempPath()) "nb-tests-$PID")
    $env:NB_STATE_PATH = Join-Path $parent '.state'
}
Set-NBStateFolder

# Points the module at a sandbox on a socket, as a user would for a test of their own script.
function Connect-Sandbox {
    param($Sandbox)

    $env:NB_FAL_BASEURI = "$($Sandbox.Uri)/fal"
    $env:FAL_KEY = 'canary-key-7f3a91'
}

# Empties its books, so that a test sees only what it did itself.
function Clear-Sandbox {
    param($Sandbox)

    $null = Invoke-RestMethod "$($Sandbox.Uri)/_sandbox/reset" -Method Post
}

function Get-SandboxLedger {
    param($Sandbox)

    Invoke-RestMethod "$($Sandbox.Uri)/_sandbox/ledger"
}

# The error records that a script makes, whether they end it or not.
function Get-ErrorOf {
    param([scriptblock] $Script)

    $ErrorActionPreference = 'Continue'
    try {
        & $Script 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] }
    }
    catch {
        $_
    }
}

# The error messages of a script in a host with a window, before which somebody sits, or in one of a service without.
function Get-MessageOf {
    param([string] $Script, [switch] $Nobody)

    if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
    }
    $runspace = [runspacefactory]::CreateRunspace([NanoBanana.PowerShell.Tests.RecordingHost]::new('Orchestrator', -not $Nobody))
    $runspace.Open()
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    $null = $shell.AddScript("Import-Module '$NBManifest'; try { $Script } catch { Write-Error `$_ }")
    try {
        $null = $shell.Invoke()
        $shell.Streams.Error | ForEach-Object { $_.Exception.Message }
    }
    finally { $shell.Dispose(); $runspace.Dispose() }
}

# What the engine reads in a file: 'PNG 1024 1024'. It has been loaded by the command that made the file.
function Get-Identity {
    param([string] $Path)

    $engine = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'NanoBanana.Engine' }
    $header = $engine.GetType('NanoBanana.Engine.Imaging.ImageHeader')::ReadFileAsync($Path, [Threading.CancellationToken]::None).AsTask().Result
    '{0} {1} {2}' -f "$($header.Format)".ToUpperInvariant(), $header.Width, $header.Height
}

function Get-ExpectedIdentity {
    param($Image)

    '{0} {1} {2}' -f "$($Image.Format)".ToUpperInvariant(), $Image.Width, $Image.Height
}

# Waits until something has come true; that it never does is the failure, however long it takes.
function Wait-Until {
    param([string] $What, [scriptblock] $Condition)

    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalMinutes -gt 15) { throw "It never came true that $What." }
        [Threading.Thread]::Sleep(20)
    }
}
