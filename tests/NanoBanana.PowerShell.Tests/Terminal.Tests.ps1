# What becomes of jobs when a command is ended in a real terminal, in each way there is. NB_TEST_LARGE=1 runs every way for every
# provider at every stage; else each way, each provider and each stage comes once.
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    # By provider: whether it is asked synchronously, and the request that shows that a stage is reached.
    $kinds = @(
        @{ Provider = 'Fal'; Direct = $false }
        @{ Provider = 'Fal'; Direct = $true }
        @{ Provider = 'ApiDot'; Direct = $false }
        @{ Provider = 'Apiframe'; Direct = $false }
        @{ Provider = 'ApiMaster'; Direct = $false }
        @{ Provider = 'ApiMaster'; Direct = $true }
        @{ Provider = 'Prospolabs'; Direct = $false; Sync = $true }
    ) | ForEach-Object { $_.Sync = $_.Sync -or $_.Direct; $_ }
    $ways = 'Ctrl+C', 'Ctrl+C twice', 'Select-Object -First', '-ErrorAction Stop', 'Stop-Job', 'SIGTERM', 'closing the terminal', 'kill -9'

    # A synchronous job does not wait: its submit is answered when the image is there.
    $all = foreach ($kind in $kinds) {
        foreach ($way in $ways) {
            foreach ($stage in $kind.Sync ? @('submit', 'download') : @('submit', 'waiting', 'download')) { $kind + @{ Way = $way; Stage = $stage } }
        }
    }
    $few = @(
        @{ Way = 'Ctrl+C'; Provider = 'Prospolabs'; Stage = 'submit' }
        @{ Way = 'Ctrl+C twice'; Provider = 'Fal'; Direct = $true; Stage = 'submit' }
        @{ Way = 'Select-Object -First'; Provider = 'ApiDot'; Stage = 'waiting' }
        @{ Way = '-ErrorAction Stop'; Provider = 'ApiMaster'; Direct = $true; Stage = 'submit' }
        @{ Way = 'Stop-Job'; Provider = 'Apiframe'; Stage = 'submit' }
        @{ Way = 'SIGTERM'; Provider = 'Prospolabs'; Stage = 'submit' }
        @{ Way = 'closing the terminal'; Provider = 'Fal'; Stage = 'download' }
        @{ Way = 'kill -9'; Provider = 'Apiframe'; Stage = 'submit' }
    )
    $cases = $env:NB_TEST_LARGE -eq '1' ? $all : @($few | ForEach-Object { $_.Direct = [bool]$_.Direct; $_.Sync = $_.Direct -or $_.Provider -eq 'Prospolabs'; $_ })
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    . (Join-Path $PSScriptRoot 'Terminal.ps1')
    Clear-NBEnvironment
    $problem = Get-TerminalProblem
    if (-not $problem) {
        $server = Open-Sandbox
        Import-BuiltModule
    }

    # How often a request of this kind has come: a synchronous submit has a target of its own.
    function Get-RequestCount {
        param([string[]] $Kind)

        $requests = (Get-SandboxLedger $server).requests
        ($Kind | ForEach-Object { [int]$requests.$_ } | Measure-Object -Sum).Sum
    }

    # The documented line for what a session left, in another session.
    function Receive-LeftJob {
        $null = Get-NBJob -State Intent, Submitted, Running, Succeeded, SubmitOutcomeUnknown |
            Receive-NBJob -Wait -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
    }

    function Wait-Settled {
        Wait-Until 'all jobs have ended at the provider' { -not ((Get-SandboxLedger $server).entries | Where-Object state -EQ 'accepted') }
    }
}

AfterAll {
    Close-Sandbox $server
    Clear-NBEnvironment
}

Describe 'A command that is ended in a terminal' {
    BeforeEach {
        if ($problem) { Set-ItResult -Skipped -Because $problem }
        else {
            $folder = Open-Journal
            Clear-Sandbox $server
            Connect-EveryProvider $server
        }
    }

    AfterEach { Close-Terminal $terminal; $terminal = $null }

    It 'C1: <Way>, <Provider> (direct <Direct>), in <Stage>: what is billed is received, or open with its id' -ForEach $cases {
        $isKilled = $Way -eq 'kill -9'
        $slow = switch ($Stage) {
            'submit' { $Sync ? '' : 'submit:slow=3000*' }
            'waiting' { '' }
            'download' { 'download:slow=3000*' }
        }
        $latency = $Stage -eq 'waiting' ? 8000 : $Stage -eq 'submit' -and $Sync ? 4000 : 10
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body "$latency"
        $reached = switch ($Stage) {
            'submit' { @('submit', 'direct') }
            'waiting' { @('status', 'stream') }
            'download' { @('download') }
        }

        # The quick one is there at once and ends the pipeline; the wrong one is an error. Each comes when the others have got so far.
        $order = "New-NBImage -Provider $Provider $($Direct ? '-Direct' : '') -OutDirectory '$folder' -ThrottleLimit 4"
        $go = Join-Path $folder '..' 'go'
        $gate = "while (-not [IO.File]::Exists('$go')) { [Threading.Thread]::Sleep(20) }"
        $feed = switch ($Way) {
            'Select-Object -First' { "& { 'fox 1', 'fox 2', 'fox 3'; $gate; '' } | $order -ErrorVariable e 2>&1 | Select-Object -First 1" }
            '-ErrorAction Stop' { "& { 'fox 1', 'fox 2', 'fox 3'; $gate; '' } | $order -ErrorAction Stop" }
            'Stop-Job' { "`$job = Start-ThreadJob { Import-Module '$NBManifest'; 'fox 1', 'fox 2', 'fox 3' | $order } -StreamingHost `$Host; while (-not [IO.File]::Exists('$go')) { Start-Sleep -Milliseconds 20 }; Stop-Job `$job" }
            default { "'fox 1', 'fox 2', 'fox 3' | $order" }
        }
        Set-SandboxFault $server $slow
        $terminal = Open-Terminal -Setup "function order { $feed }"
        Send-Line $terminal 'order'
        Wait-Terminal $terminal "three are in $Stage" {
            (Get-RequestCount $reached) -ge 3 -and ($Stage -eq 'submit' -or (Get-SandboxLedger $server).accepted -ge 3)
        }

        switch ($Way) {
            'Ctrl+C' { Send-Key $terminal "`u{3}" }
            'Ctrl+C twice' { Send-Key $terminal "`u{3}`u{3}" }
            'SIGTERM' { & kill -TERM $terminal.Id }
            'closing the terminal' { $terminal.Process.Kill() }
            'kill -9' { & kill -KILL $terminal.Id }
            default { [IO.File]::WriteAllText($go, '') }
        }

        if ($Way -in 'SIGTERM', 'closing the terminal', 'kill -9') {
            Wait-Until 'the session has ended' { -not (Get-Process -Id $terminal.Id -ErrorAction Ignore) }
            Set-SandboxFault $server ''
            Receive-LeftJob
            Wait-Settled
            Receive-LeftJob # Once more: the provider may have taken a job after its process was gone.
        }
        else {
            Wait-Prompt $terminal
            $line = Get-PrintedLine $terminal
            $line | Should -Not -BeNullOrEmpty
            Set-SandboxFault $server ''
            Send-Line $terminal "$line | Out-Null"
            Wait-Prompt $terminal
        }

        Wait-Settled
        $ledger = Get-SandboxLedger $server
        $jobs = @(Get-NBJob)
        $received = @($jobs | Where-Object State -EQ 'Received')
        $open = @($jobs | Where-Object State -EQ 'SubmitOutcomeUnknown')
        $received | Where-Object { -not (Test-Path $_.Path) } | Should -HaveCount 0
        $received | Should -HaveCount @(Get-ChildItem $folder -File -Force).Count
        $received | ForEach-Object Path | Sort-Object -Unique | Should -HaveCount $received.Count
        $ledger.billed | Should -Be ($ledger.entries.Count)
        if (-not $isKilled) { $open | Should -HaveCount 0 -Because "$($open.ErrorMessage)" }
        # Only where a process was killed, and nobody can be asked, something stays open; it is in the journal with its id.
        $ledger.billed - $received.Count | Should -BeIn @(0..($Provider -in 'Fal', 'Apiframe' -and -not $Sync ? 0 : $open.Count))
    }

    It 'C1: the end of pwsh -c waits for submits that are under way, and a second Ctrl+C leaves at once' {
        $null = Invoke-RestMethod "$($server.Uri)/_sandbox/latency" -Method Post -Body '60000'
        $terminal = Open-Terminal -Command "'fox 1', 'fox 2' | New-NBImage -Provider Prospolabs -OutDirectory '$folder'"
        Wait-Terminal $terminal 'both are submitted' { (Get-RequestCount 'submit', 'direct') -ge 2 }

        Send-Key $terminal "`u{3}"
        Wait-Terminal $terminal 'the line is shown' { $terminal.Text.ToString() -like '*2 submits are still under way; waiting*' }
        Get-Process -Id $terminal.Id -ErrorAction Ignore | Should -Not -BeNullOrEmpty
        Send-Key $terminal "`u{3}"

        Wait-Until 'the process has ended' { -not (Get-Process -Id $terminal.Id -ErrorAction Ignore) }
        (Get-NBJob).State | Should -Be 'Intent', 'Intent'
    }
}
