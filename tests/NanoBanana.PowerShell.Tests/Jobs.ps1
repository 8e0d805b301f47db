# Used by the test files of the job cmdlets: journals of their own, and other processes that share them.

$NBJobVariables = 'NB_APIDOT_BASEURI', 'NB_APIFRAME_BASEURI', 'NB_APIMASTER_BASEURI', 'NB_PROSPOLABS_BASEURI'

# A clean environment with an empty journal; gives the folder for the pictures.
function Open-Journal {
    Clear-NBEnvironment
    foreach ($name in $NBJobVariables) { Remove-Item "Env:$name" -ErrorAction Ignore }
    $root = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    $env:NB_STATE_PATH = Join-Path $root 'state'
    (New-Item -ItemType Directory -Path (Join-Path $root 'pictures')).FullName
}

# Points every provider at a sandbox on a socket.
function Connect-EveryProvider {
    param($Sandbox)

    foreach ($name in 'FAL', 'APIDOT', 'APIFRAME', 'APIMASTER', 'PROSPOLABS') {
        Set-Item "Env:NB_${name}_BASEURI" "$($Sandbox.Uri)/$($name.ToLowerInvariant())"
    }
    $env:FAL_KEY = $env:APIDOT_API_KEY = $env:APIMASTER_KEY = $env:PROSPOLABS_API_KEY = 'canary-key-7f3a91'
    $env:APIFRAME_API_KEY = 'afk_canary-key-7f3a91'
}

function Set-SandboxFault {
    param($Sandbox, [string] $Faults)

    $null = Invoke-RestMethod "$($Sandbox.Uri)/_sandbox/faults" -Method Post -Body $Faults
}

# The files of the journal, without locks and what was set aside.
function Get-JournalFile {
    param([switch] $Sandbox)

    Get-ChildItem (Join-Path $env:NB_STATE_PATH ($Sandbox ? 'sandbox/jobs' : 'jobs') '2*' '*.json') -File -ErrorAction Ignore
}

# Holds a job as a process does that works on it; dispose of what it gives.
function Lock-Job {
    param($Job)

    $folder = Join-Path $env:NB_STATE_PATH ($Job.Sandbox ? 'sandbox/jobs/locks' : 'jobs/locks')
    $null = New-Item $folder -ItemType Directory -Force
    [IO.FileStream]::new((Join-Path $folder "$($Job.Id).lock"), 'OpenOrCreate', 'ReadWrite', 'None')
}

# A job of the sandbox in a state that no call leads to by itself.
function Set-JobState {
    param($Job, [string] $State)

    $file = Get-JournalFile -Sandbox:$Job.Sandbox | Where-Object BaseName -EQ $Job.Id
    $text = Get-Content $file -Raw
    $changed = $text -replace '("state"\s*:\s*")\w+"', "`${1}$State`""
    if ($changed -eq $text) { throw "The state of $($Job.Id) was not found, or is $State already." }
    [IO.File]::WriteAllText($file, $changed)
}

# Starts a script in a PowerShell process of its own and does not wait for it.
function Start-NewPwsh {
    param([string] $Script)

    $process = Start-Pwsh (ConvertTo-PwshArgument "Import-Module '$NBManifest'; $Script")
    [pscustomobject]@{
        Process = $process
        Output = $process.StandardOutput.ReadToEndAsync()
        Errors = $process.StandardError.ReadToEndAsync()
    }
}

# Waits for the end of such a process; gives the lines that it wrote.
function Wait-NewPwsh {
    param($Run)

    if (-not $Run.Process.WaitForExit(900000)) { throw 'The other process did not end.' }
    $Run.Output.Wait()
    $Run.Output.Result -split '\r?\n' | Where-Object { $_ }
}

# kill -9.
function Stop-NewPwsh {
    param($Run)

    $Run.Process.Kill()
    $Run.Process.WaitForExit()
}

# A script in a runspace of its own, as the console runs one; its warnings past the pipeline are in the host.
function Open-Console {
    param([string] $Script)

    if (-not ('NanoBanana.PowerShell.Tests.RecordingHost' -as [type])) {
        Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
    }
    $console = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Asking', 0, 2) # No
    $runspace = [runspacefactory]::CreateRunspace($console)
    $runspace.Open()
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    $null = $shell.AddScript("Import-Module '$NBManifest'; $Script")
    $output = [Management.Automation.PSDataCollection[psobject]]::new()
    $running = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]]::new(), $output)
    [pscustomobject]@{ Shell = $shell; Runspace = $runspace; Host = $console; Output = $output; Running = $running }
}

function Close-Console {
    param($Console)

    $Console.Shell.Dispose()
    $Console.Runspace.Dispose()
}
