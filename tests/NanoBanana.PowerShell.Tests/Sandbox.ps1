# Used by every test file here: the built module, the sandbox on a socket, and what it wrote into its books.

$NBRoot = (Resolve-Path (Join-Path $PSScriptRoot '..' '..')).Path
$NBManifest = Get-ChildItem (Join-Path $NBRoot 'out' 'NanoBanana') -Filter NanoBanana.psd1 -Recurse -ErrorAction Ignore |
    Select-Object -First 1 -ExpandProperty FullName
if (-not $NBManifest) { throw 'The module is not built: ./build.ps1 build' }
$NBServer = Join-Path $NBRoot 'src' 'NanoBanana.Sandbox.Server' 'bin' 'Release' 'net10.0' 'NanoBanana.Sandbox.Server.dll'

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

# Starts the sandbox on a free port; it ends when this process does, for its standard input ends then.
function Open-Sandbox {
    param([int] $LatencyMs = 10, [string] $Faults = '')

    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    foreach ($name in $NBVariables) { $null = $start.Environment.Remove($name) }
    $arguments = $NBServer, '--port', '0', '--exit-with-stdin', '--idle-seconds', '300', '--latency-ms', "$LatencyMs"
    if ($Faults) { $arguments += '--faults', $Faults }
    foreach ($argument in $arguments) { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    while ($null -ne ($line = $process.StandardOutput.ReadLine())) {
        if ($line -match 'listening on (http://127\.0\.0\.1:\d+)') {
            return [pscustomobject]@{ Uri = $Matches[1]; Process = $process }
        }
    }
    throw "The sandbox did not start; its exit code is $($process.ExitCode)."
}

function Close-Sandbox {
    param($Sandbox)

    if (-not $Sandbox) { return }
    $Sandbox.Process.StandardInput.Close()
    if (-not $Sandbox.Process.WaitForExit(5000)) { $Sandbox.Process.Kill() }
    $Sandbox.Process.Dispose()
}

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

# What ImageMagick says of a file: 'PNG 1024 1024'; nothing where it is not installed.
function Get-Identity {
    param([string] $Path)

    if (Get-Command identify -CommandType Application -ErrorAction Ignore) { identify -format '%m %w %h' $Path }
}

function Get-ExpectedIdentity {
    param($Image)

    '{0} {1} {2}' -f "$($Image.Format)".ToUpperInvariant(), $Image.Width, $Image.Height
}

# Runs a script in a PowerShell process of its own and gives what it wrote.
function Invoke-NewPwsh {
    param([string] $Script)

    $own = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes("`$ProgressPreference = 'SilentlyContinue'; $Script"))
    if (Test-Path $own) { & $own -NoProfile -NonInteractive -EncodedCommand $encoded }
    else { dotnet (Join-Path $PSHOME 'pwsh.dll') -NoProfile -NonInteractive -EncodedCommand $encoded }
}

# Waits until something has come true; that it never does is the failure, however long it takes.
function Wait-Until {
    param([string] $What, [scriptblock] $Condition)

    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt 60) { throw "It never came true that $What." }
        [Threading.Thread]::Sleep(20)
    }
}
