<#
.SYNOPSIS
Takes keys through every cmdlet and every provider, with faults, and leaves all that can be seen of it in files. Used by
Canary.Tests.ps1 in a process of its own; NB_CANARY_<provider> holds the keys.
#>
param(
    # Where the keys come from: ApiKey, Environment or Vault.
    [Parameter(Mandatory)]
    [string] $Source,

    # Where everything goes.
    [Parameter(Mandatory)]
    [string] $Folder,

    # The built module.
    [Parameter(Mandatory)]
    [string] $Module,

    # A JSON file: for each provider the address of its sandbox, and its lists of faults.
    [Parameter(Mandatory)]
    [string] $PlanFile
)

$ErrorActionPreference = 'Stop'
Add-Type -TypeDefinition (Get-Content (Join-Path $PSScriptRoot 'RecordingHost.cs') -Raw)
$plan = Get-Content -LiteralPath $PlanFile -Raw | ConvertFrom-Json -AsHashtable

# What runs in a runspace of its own, for one provider.
$sweep = {
    param($Provider, $Source, $Folder, $Module, $Plan)

    Import-Module $Module
    $ErrorActionPreference = 'Continue'
    # With -Debug, PowerShell would ask after each error and each warning.
    $PSDefaultParameterValues['*-NB*:ErrorAction'] = $PSDefaultParameterValues['*-NB*:WarningAction'] = 'Continue'
    $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
    $null = Start-Transcript -Path (Join-Path $Folder "transcript-$Provider.txt") -IncludeInvocationHeader
    $records = [Collections.Generic.List[object]]::new()
    $driven = [Collections.Generic.HashSet[string]]::new()
    function ConvertTo-Key { ConvertTo-SecureString ([Environment]::GetEnvironmentVariable("NB_CANARY_$Provider")) -AsPlainText -Force }
    function Set-Fault([string] $List) { $null = Invoke-RestMethod "$($Plan.Control)/_sandbox/faults" -Method Post -Body $List }

    # An error without what .NET and PowerShell know of their own code (TargetSite, MyCommand, CommandInvocation): at this depth
    # that is more than fits into memory.
    function ConvertTo-Tree {
        process {
            $tree = [ordered]@{}
            foreach ($part in 'CategoryInfo', 'FullyQualifiedErrorId', 'ErrorDetails', 'ScriptStackTrace', 'TargetObject') { $tree[$part] = $_.$part }
            $tree.Invocation = $_.InvocationInfo | Select-Object -Property * -ExcludeProperty MyCommand
            $tree.Exceptions = @(for ($each = $_.Exception; $each; $each = $each.InnerException) {
                    $layer = [ordered]@{ Type = $each.GetType().FullName; Text = "$each"; Data = "$($each.Data.Keys) $($each.Data.Values)" }
                    foreach ($property in $each.PSObject.Properties) {
                        $value = $property.Value
                        if ($value -isnot [Exception] -and $value -isnot [Management.Automation.ErrorRecord] -and $value -isnot [Collections.IDictionary] -and $value -isnot [Reflection.MemberInfo] -and $value -isnot [Management.Automation.InvocationInfo]) { $layer[$property.Name] = $value }
                    }
                    $layer
                })
            $tree
        }
    }

    # Shows all that a command writes, as a console would, and keeps it.
    function Show([scriptblock] $Script) {
        foreach ($found in $Script.Ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)) { $null = $driven.Add("$($found.GetCommandName())") }
        $out = try { & $Script *>&1 } catch { $_ }
        foreach ($record in $out) { $records.Add($record) }
        $out | Out-Default
    }

    $key = $Source -eq 'ApiKey' ? @{ ApiKey = ConvertTo-Key } : @{}
    $vault = $Source -eq 'Vault' ? @{ Vault = 'Store' } : @{}
    $give = $key + $vault
    $quick = @{ Provider = $Provider; OutDirectory = (Join-Path $Folder "out-$Provider"); ThrottleLimit = 100; MaximumRetryCount = 0; Verbose = $true; Debug = $true }
    try {
        Show { Get-NBProvider $Provider; Get-NBCredential; Get-NBOption; Get-NBPrice -Provider $Provider }
        Show { Set-NBOption -Resolution 1K -Scope User -PassThru }
        foreach ($list in $Plan.Test) {
            Set-Fault $list
            Show { Test-NBCredential $Provider @give -Verbose -Debug; Get-NBPrice -Live -Provider $Provider @key -Verbose -Debug }
        }

        # All at once: polled providers are looked at after eleven seconds.
        Set-Fault $Plan.Order
        Show { 1..$Plan.Prompts | ForEach-Object { "prompt $_" } | New-NBImage @quick @give -TimeoutSec 60 }
        Set-Fault $Plan.Stall
        $tries = 0
        do { Show { New-NBImage 'stalled' @quick @give -TimeoutSec 2 } } # On a busy machine the time may be over before it is sent.
        until ((Invoke-RestMethod "$($Plan.Control)/_sandbox/ledger").faults.PSObject.Properties['stall'] -or ++$tries -gt 20)
        Set-Fault ''
        if ($Plan.NoWait) {
            Show { 'one', 'two', 'three' | New-NBImage @quick @give -NoWait }
            $jobs = @(Get-NBJob -Provider $Provider -Newest 3)
            Set-Fault $Plan.Cancel
            Show { $jobs[0], $jobs[1] | Stop-NBJob @give -MaximumRetryCount 0 -Confirm:$false -Verbose -Debug }
            Set-Fault ''
            Show { $jobs[2] | Wait-NBJob @give -Verbose -Debug }
        }

        Set-Fault $Plan.Edit
        $pictures = Get-ChildItem (Join-Path $Folder "out-$Provider") -File | Select-Object -First 1
        $sourceImage = $Plan.TakesFiles ? $pictures.FullName : 'https://example.com/shoe.png'
        Show { 1..3 | ForEach-Object { Edit-NBImage "edit $_" -Image $sourceImage @quick @give -TimeoutSec 60 -NoWait:$Plan.NoWait } }
        Set-Fault $Plan.Result
        Show { Get-NBJob -Provider $Provider -Refresh @give -MaximumRetryCount 0 -Verbose -Debug }
        Show { Get-NBJob -Provider $Provider | Where-Object State -In Submitted, Running, Succeeded, SubmitOutcomeUnknown | Receive-NBJob -Wait -TimeoutSec 20 @give -MaximumRetryCount 0 -Verbose -Debug }
        Set-Fault ''

        # A delivery that is signed with the key, one that is not, and one that holds it.
        $body = @{ event = 'failed'; jobId = "$(@(Get-NBJob -Provider $Provider -Newest 1)[0].RemoteId)"; status = 'FAILED'; error = 'no' } | ConvertTo-Json -Compress
        $digest = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes([Environment]::GetEnvironmentVariable("NB_CANARY_$Provider")))
        $good = 'sha256=' + [Convert]::ToHexString([Security.Cryptography.HMACSHA256]::HashData($digest, [Text.Encoding]::UTF8.GetBytes($body))).ToLowerInvariant()
        foreach ($signature in $good, 'sha256=00') {
            Show { ConvertFrom-NBWebhook -Body $body -Headers @{ 'X-Webhook-Signature' = $signature; 'X-Webhook-Event' = 'failed' } -Provider $Provider @give -Verbose -Debug }
        }

        # What is wrong with the command itself names what was given.
        Show { New-NBImage 'x' @quick @give -Resolution '9K' }
        Show { Get-NBJob 'no-such-job' @give -Refresh }
        Show { Get-NBJob -Provider $Provider -Newest 1 | Remove-NBJob -Confirm:$false -Verbose -Debug }

        # Whatever else there is to look at, also what comes with later versions.
        foreach ($command in Get-Command Get-NB* -Module NanoBanana | Where-Object Name -NotIn $driven) {
            Show { & $command -Verbose -Debug }
            $null = $driven.Add($command.Name)
        }

        $folderOf = Join-Path $Folder "seen-$Provider"
        $null = New-Item $folderOf -ItemType Directory
        $all = @($Error) # Looking at them makes others.
        $one = @($all | Group-Object FullyQualifiedErrorId | ForEach-Object { $_.Group[0] })
        $records | Export-Clixml (Join-Path $folderOf 'records.xml')
        $records | Format-List * -Force | Out-String -Width 4000 | Set-Content (Join-Path $folderOf 'records.txt')
        $all | Export-Clixml (Join-Path $folderOf 'errors.xml')
        $all | Format-List * -Force | Out-String -Width 4000 | Set-Content (Join-Path $folderOf 'errors.txt')
        $one | Export-Clixml (Join-Path $folderOf 'errors-deep.xml') -Depth 3
        # PowerShell refuses those whose Data has keys that are no text.
        $one | ForEach-Object { try { $_ | ConvertTo-Json -Depth 3 -WarningAction Ignore } catch { "$($_.Exception.Message) $($_.TargetObject)" } } | Set-Content (Join-Path $folderOf 'errors.json')
        $all | ConvertTo-Tree | ForEach-Object { ConvertTo-Json $_ -Depth 10 -WarningAction Ignore } | Set-Content (Join-Path $folderOf 'errors-deep.json')
        $all | ForEach-Object { "$($_.FullyQualifiedErrorId)" -replace ',.*' } | Group-Object | ForEach-Object { "$($_.Name) $($_.Count)" } | Set-Content (Join-Path $folderOf 'ids.txt')
        $driven -like '*-NB*' | Set-Content (Join-Path $folderOf 'driven.txt')
        "records: $($records.Count), errors: $($all.Count)"
    }
    catch { Set-Content (Join-Path $Folder "broken-$Provider.txt") "$($_.InvocationInfo.PositionMessage) $_" }
    finally { $null = Stop-Transcript }
}

# In a runspace whose host shows everything, progress too.
function Start-Sweep([string] $Provider) {
    $seen = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Canary', 120)
    $runspace = [runspacefactory]::CreateRunspace($seen)
    $runspace.Open()
    $shell = [powershell]::Create()
    $shell.Runspace = $runspace
    $null = $shell.AddScript($sweep).AddArgument($Provider).AddArgument($Source).AddArgument($Folder).AddArgument($Module).AddArgument($plan[$Provider])
    [pscustomobject]@{ Provider = $Provider; Host = $seen; Shell = $shell; Running = $shell.BeginInvoke() }
}

Import-Module $Module
if ($Source -eq 'Vault') {
    Register-SecretVault Store -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault
    Reset-SecretStore -Authentication None -Interaction None -Force -WarningAction Ignore | Out-Null
    foreach ($provider in $plan.Keys) {
        Set-NBCredential $provider (ConvertTo-SecureString ([Environment]::GetEnvironmentVariable("NB_CANARY_$provider")) -AsPlainText -Force) -Verbose -Debug *>&1
    }
}
else {
    # There is no vault here, and that is said.
    try { Set-NBCredential Fal (ConvertTo-SecureString $env:NB_CANARY_Fal -AsPlainText -Force) -Verbose -Debug *>&1 } catch { $_ }
}

$failed = $false
foreach ($run in @($plan.Keys | ForEach-Object { Start-Sweep $_ })) {
    try { "$($run.Provider): $($run.Shell.EndInvoke($run.Running))" }
    catch { "$($run.Provider) ended early: $($_.Exception.GetBaseException().Message)" }
    Get-Content (Join-Path $Folder "broken-$($run.Provider).txt") -ErrorAction Ignore
    $failed = $failed -or -not (Test-Path (Join-Path $Folder "seen-$($run.Provider)" driven.txt))
    $run.Host.Lines | Set-Content (Join-Path $Folder "host-$($run.Provider).txt")
    $streams = $run.Shell.Streams
    @($streams.Error) + $streams.Verbose + $streams.Debug + $streams.Warning + $streams.Information + $streams.Progress | Export-Clixml (Join-Path $Folder "streams-$($run.Provider).xml")
    "progress of $($run.Provider): $($run.Host.Progress.Count)"
}
try { Remove-NBCredential Fal -Verbose -Debug -Confirm:$false *>&1 } catch { $_ }
$null = New-NBImage 'the sandbox is loaded' -Sandbox -OutDirectory (Join-Path $Folder 'sandbox')
$kinds = ([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'NanoBanana.Sandbox' }).GetType('NanoBanana.Sandbox.Faults.FaultKind')
[enum]::GetNames($kinds) | Set-Content (Join-Path $Folder 'kinds.txt')
exit [int] $failed
