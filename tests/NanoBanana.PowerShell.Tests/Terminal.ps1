# A PowerShell session in a terminal of its own (a pty), which the program `script` of util-linux gives. Dot-sourced by tests.

# Why there is no such terminal here; nothing where there is one.
function Get-TerminalProblem {
    if (-not $IsLinux) { return "the pty is made by the program 'script' of Linux" }
    if (-not (Get-Command script -CommandType Application -ErrorAction Ignore)) { return "the program 'script' (util-linux) is not installed" }
}

# Starts PowerShell in a terminal. With -Command it ends after that command, else it is an interactive session with the prompt READY>.
function Open-Terminal {
    param([string] $Setup, [string] $Command)

    $file = Join-Path $TestDrive "session-$([guid]::NewGuid().ToString('n')).ps1"
    $lines = @("Import-Module '$NBManifest'; Remove-Module PSReadLine -ErrorAction Ignore; function prompt { 'READY> ' }"; '"PID=" + $PID + "."'; $Setup; $Command)
    Set-Content $file ($lines -join [Environment]::NewLine)
    $own = Join-Path $PSHOME 'pwsh'
    $program = (Test-Path $own) ? "'$own'" : "dotnet '$(Join-Path $PSHOME 'pwsh.dll')'"
    $line = "stty cols 120 rows 40; exec $program -NoProfile -NoLogo $($Command ? '' : '-NoExit') -File '$file'"
    $start = [Diagnostics.ProcessStartInfo]::new('script', [string[]]('-qfec', $line, '/dev/null'))
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $start.Environment['TERM'] = 'xterm'
    $process = [Diagnostics.Process]::Start($start)
    $terminal = [pscustomobject]@{ Process = $process; Text = [Text.StringBuilder]::new(); Buffer = [byte[]]::new(8192); Reading = $null; Prompts = 0; Id = 0 }
    Wait-Terminal $terminal 'the session has started' { $terminal.Text.ToString() -match 'PID=(\d+)\.' }
    $terminal.Id = [int][regex]::Match($terminal.Text.ToString(), 'PID=(\d+)\.').Groups[1].Value
    if (-not $Command) { Wait-Prompt $terminal }
    $terminal
}

# Takes what the terminal shows, and answers where the cursor is, which .NET asks.
function Read-Terminal {
    param($Terminal)

    while ($true) {
        $Terminal.Reading ??= $Terminal.Process.StandardOutput.BaseStream.ReadAsync($Terminal.Buffer, 0, $Terminal.Buffer.Length)
        if (-not $Terminal.Reading.IsCompleted) { return }
        $count = $Terminal.Reading.GetAwaiter().GetResult()
        if ($count -eq 0) { return }
        $Terminal.Reading = $null
        $text = [Text.Encoding]::UTF8.GetString($Terminal.Buffer, 0, $count)
        $null = $Terminal.Text.Append($text)
        foreach ($question in [regex]::Matches($text, '\e\[6n')) { Send-Key $Terminal "`e[1;1R" }
    }
}

function Wait-Terminal {
    param($Terminal, [string] $What, [scriptblock] $IsReached)

    try {
        Wait-Until $What {
            Read-Terminal $Terminal
            & $IsReached
        }
    }
    catch { throw "$_ The terminal shows: $($Terminal.Text)" }
}

function Send-Key {
    param($Terminal, [string] $Keys)

    $bytes = [Text.Encoding]::UTF8.GetBytes($Keys)
    $Terminal.Process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
    $Terminal.Process.StandardInput.BaseStream.Flush()
}

# Waits until the prompt is there once more.
function Wait-Prompt {
    param($Terminal)

    Wait-Terminal $Terminal 'the prompt is back' { [regex]::Matches($Terminal.Text.ToString(), 'READY> ').Count -gt $Terminal.Prompts }
    $Terminal.Prompts = [regex]::Matches($Terminal.Text.ToString(), 'READY> ').Count
}

function Send-Line {
    param($Terminal, [string] $Line)

    Send-Key $Terminal "$Line`r"
}

# The command that the message of the last command gives.
function Get-PrintedLine {
    param($Terminal)

    $plain = $Terminal.Text.ToString() -replace '\e\[[0-9;?]*[A-Za-z]'
    [regex]::Matches($plain, 'Get-NBJob [^\r\n]*Receive-NBJob -Wait') | Select-Object -Last 1 -ExpandProperty Value
}

# Ends the session without waiting for anything.
function Close-Terminal {
    param($Terminal)

    if (-not $Terminal) { return }
    Stop-Process -Id $Terminal.Id -Force -ErrorAction Ignore
    if (-not $Terminal.Process.WaitForExit(10000)) { $Terminal.Process.Kill() }
    $Terminal.Process.Dispose()
}
