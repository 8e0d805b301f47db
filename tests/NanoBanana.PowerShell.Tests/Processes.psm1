# Other processes for the tests: PowerShell, from wherever this one came, and the sandbox on a socket. A module, so that
# what was started once serves every test file of the run; all of it ends when this process does.

# This PowerShell's own program: as a .NET tool it is dotnet, with pwsh.dll as its first argument.
$program = [Environment]::ProcessPath
$first = @((Split-Path $program -LeafBase) -eq 'dotnet' ? (Join-Path $PSHOME 'pwsh.dll') : @()) + '-NoProfile'
$pwsh = @($program) + $first
$server = Join-Path $PSScriptRoot '..' '..' 'src' 'NanoBanana.Sandbox.Server' 'bin' 'Release' 'net10.0' 'NanoBanana.Sandbox.Server.dll'
$workers = @{}
$shared = $null
$runFolder = $null
$maxWait = [timespan]::FromMinutes(15) # A process that takes so long hangs; a busy machine may need minutes to start one.

# The program of this PowerShell and its first arguments.
function Get-PwshCommand { $pwsh }

# Why Start-Job cannot work here; nothing where it can. It starts the pwsh of $PSHOME, and no other.
function Get-StartJobSkip {
    $file = Join-Path $PSHOME ($IsWindows ? 'pwsh.exe' : 'pwsh')
    if (-not (Test-Path $file)) { return "Start-Job needs $file, which this PowerShell does not have" }
    if (-not $IsWindows) {
        test -x $file
        if ($LASTEXITCODE -ne 0) { return "Start-Job runs $file, which this user may not run" }
    }
}

# How root starts a program that may read and write only what its owner may: without the capabilities that override file modes.
function Get-RestrictedPrefix {
    'setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--inh-caps', '-dac_override,-dac_read_search'
}

# Whether root can start a program so, and it can still read a file.
function Test-Restricted {
    param([string] $Path)

    $command, $arguments = @(Get-RestrictedPrefix) + 'cat', $Path
    (Get-Command $command -CommandType Application -ErrorAction Ignore) -and (& { & $command @arguments > $null 2>&1; $LASTEXITCODE -eq 0 })
}

# Starts PowerShell without any input. A variable that is null is not passed on.
function Start-Pwsh {
    param([string[]] $Arguments, [Collections.IDictionary] $Environment = @{}, [string] $Location)

    $start = [Diagnostics.ProcessStartInfo]::new($program)
    foreach ($argument in $first + $Arguments) { $start.ArgumentList.Add($argument) }
    foreach ($name in $Environment.Keys) {
        if ($null -eq $Environment[$name]) { $null = $start.Environment.Remove($name) }
        else { $start.Environment[$name] = $Environment[$name] }
    }
    if ($Location) { $start.WorkingDirectory = $Location }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $process
}

# The arguments that run a script.
function ConvertTo-PwshArgument {
    param([string] $Script)

    $whole = "`$ProgressPreference = 'SilentlyContinue'; $Script"
    '-NonInteractive', '-EncodedCommand', [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($whole))
}

# Runs a script in a process of its own and gives what it wrote; restricted, as a user whom file modes hold.
function Invoke-NewPwsh {
    param([string] $Script, [switch] $Restricted)

    $command, $arguments = @($Restricted ? (Get-RestrictedPrefix) : @()) + $pwsh + (ConvertTo-PwshArgument $Script)
    & $command @arguments
}

function Open-Worker {
    param([string[]] $Arguments, [Collections.IDictionary] $Environment)

    $name = "nb-$([guid]::NewGuid().ToString('n').Substring(0, 12))"
    $pipe = [IO.Pipes.NamedPipeServerStream]::new($name, 'Out', 1, 'Byte', 'Asynchronous, CurrentUserOnly')
    $process = Start-Pwsh ($Arguments + '-File', (Join-Path $PSScriptRoot 'Worker.ps1'), '-Pipe', $name) $Environment
    $connecting = $pipe.WaitForConnectionAsync()
    while (-not $connecting.Wait(200)) { if ($process.HasExited) { throw "The process did not start: $($process.StandardError.ReadToEnd())" } }
    @{ Process = $process; Requests = [IO.StreamWriter]::new($pipe); Lines = $process.StandardOutput; Errors = $process.StandardError }
}

function Close-Worker {
    param($Worker)

    $Worker.Requests.Dispose()
    if (-not $Worker.Process.WaitForExit(5000)) { $Worker.Process.Kill($true) }
    $Worker.Process.Dispose()
}

function Read-Line {
    param($Worker, [IO.StreamReader] $Reader, [string] $Mark)

    while ($true) {
        $reading = $Reader.ReadLineAsync()
        if (-not $reading.Wait($maxWait)) {
            $Worker.Process.Kill($true)
            throw 'It waits for an answer.'
        }
        if ($null -eq $reading.Result) { throw "The process ended early: $($Worker.Errors.ReadToEnd())" }
        if ($reading.Result.EndsWith($Mark)) {
            if ($reading.Result -ne $Mark) { $reading.Result.Substring(0, $reading.Result.Length - $Mark.Length) }
            return
        }
        $reading.Result
    }
}

# Runs a script in a session of its own in another process, with the environment of this one, and gives the lines that it
# wrote. The process stays for the next script for the same home folder, unless a new one is asked for.
function Invoke-OtherPwsh {
    param([string] $Script, [string] $HomeFolder = $HOME, [Collections.IDictionary] $Environment = @{}, [switch] $MayAsk, [switch] $NewProcess)

    $key = "$HomeFolder|$MayAsk"
    $worker = $NewProcess ? $null : $workers[$key]
    if (-not $worker) {
        $worker = Open-Worker ($MayAsk ? @() : @('-NonInteractive')) ($HomeFolder -eq $HOME ? @{} : @{ HOME = $HomeFolder; XDG_DATA_HOME = $null })
        if (-not $NewProcess) { $workers[$key] = $worker }
    }

    # The path of modules is made when a process starts.
    $all = @{}
    foreach ($entry in [Environment]::GetEnvironmentVariables().GetEnumerator()) {
        if ($entry.Key -ne 'PSModulePath') { $all[$entry.Key] = $entry.Value }
    }
    $all.HOME = $HomeFolder
    if ($HomeFolder -ne $HOME) { $all.Remove('XDG_DATA_HOME') } # Else the modules of that home were not found.
    foreach ($name in $Environment.Keys) { $all[$name] = $Environment[$name] }
    $mark = [guid]::NewGuid().ToString()
    $done = $false
    try {
        $worker.Requests.WriteLine((@{ Script = "`$ProgressPreference = 'SilentlyContinue'; $Script"; Environment = $all; Mark = $mark } | ConvertTo-Json -Compress))
        $worker.Requests.Flush()
        Read-Line $worker $worker.Lines $mark
        Read-Line $worker $worker.Errors $mark | ForEach-Object { Write-Error $_ -ErrorAction Continue }
        $done = $true
    }
    finally {
        if ($NewProcess -or -not $done) {
            if (-not $NewProcess) { $workers.Remove($key) }
            Close-Worker $worker
        }
    }
}

# Ends the processes of the home folders under a folder.
function Close-OtherPwsh {
    param([string] $Under)

    foreach ($key in @($workers.Keys)) {
        if ($key.StartsWith($Under)) {
            Close-Worker $workers[$key]
            $workers.Remove($key)
        }
    }
}

# Starts a sandbox of one's own on a free port; it ends when this process does, for its standard input ends then.
function Start-Sandbox {
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    foreach ($name in [Environment]::GetEnvironmentVariables().Keys -like 'NB_*') { $null = $start.Environment.Remove($name) }
    foreach ($argument in $server, '--port', '0', '--exit-with-stdin', '--idle-seconds', '0', '--latency-ms', '10') { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    while ($null -ne ($line = $process.StandardOutput.ReadLine())) {
        if ($line -match 'listening on (http://127\.0\.0\.1:\d+)') {
            return [pscustomobject]@{ Uri = $Matches[1]; Process = $process }
        }
    }
    throw "The sandbox did not start; its exit code is $($process.ExitCode)."
}

function Stop-Sandbox {
    param($Sandbox)

    $Sandbox.Process.StandardInput.Close()
    if (-not $Sandbox.Process.WaitForExit(5000)) { $Sandbox.Process.Kill() }
    $Sandbox.Process.Dispose()
}

# The sandbox of this run, as if it had just been started.
function Open-Sandbox {
    param([int] $LatencyMs = 10, [string] $Faults = '')

    if (-not $shared -or $shared.Process.HasExited) { $script:shared = Start-Sandbox }
    $null = Invoke-RestMethod "$($shared.Uri)/_sandbox/reset" -Method Post
    $null = Invoke-RestMethod "$($shared.Uri)/_sandbox/latency" -Method Post -Body "$LatencyMs"
    $null = Invoke-RestMethod "$($shared.Uri)/_sandbox/faults" -Method Post -Body $Faults
    $shared
}

# Nothing that is still under way is held up by its faults any longer, nor does it reach the books of the next test.
function Close-Sandbox {
    param($Sandbox)

    if ($Sandbox) { $null = Invoke-RestMethod "$($Sandbox.Uri)/_sandbox/reset" -Method Post }
}

# A temporary folder for the whole run.
function Get-RunFolder {
    if (-not $runFolder) { $script:runFolder = [IO.Directory]::CreateTempSubdirectory('nb-tests-').FullName }
    $runFolder
}

$ExecutionContext.SessionState.Module.OnRemove = {
    foreach ($worker in $workers.Values) { Close-Worker $worker }
    if ($shared) { Stop-Sandbox $shared }
    if ($runFolder) { Remove-Item $runFolder -Recurse -Force -ErrorAction Ignore }
}
