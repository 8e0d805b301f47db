<#
.SYNOPSIS
Runbook 2 of 2: fetches the pictures that Submit-Pictures ordered. Run it on a schedule.
.DESCRIPTION
See about_NanoBanana_AzureAutomation. It takes what has ended and leaves the rest to its next run, so that it ends soon.
#>
#Requires -Version 7.4
param(
    # Where the pictures go.
    [Parameter(Mandatory)]
    [string] $OutDirectory,

    [string] $Provider = 'Fal',

    # The folder of the jobs; left out, the Automation variable NanoBanana-StatePath names it.
    [string] $StatePath = (Get-AutomationVariable -Name NanoBanana-StatePath),

    # The key vault that holds NanoBanana-<provider>; left out, the encrypted Automation variable of that name holds the key.
    [string] $KeyVaultName
)

Set-StrictMode -Version 3.0
$VerbosePreference = 'SilentlyContinue' # Everything that is told is stored with the run.
if (-not (Test-Path -LiteralPath $StatePath -PathType Container)) { throw "There is no folder '$StatePath' with jobs in it." }
$env:NB_STATE_PATH = $StatePath

if ($KeyVaultName) {
    $null = Disable-AzContextAutosave -Scope Process
    $login = Connect-AzAccount -Identity -ErrorAction Stop
    $vault = @{ AZKVaultName = $KeyVaultName; SubscriptionId = $login.Context.Subscription.Id }
    Register-SecretVault -Name NanoBanana -ModuleName Az.KeyVault -VaultParameters $vault -AllowClobber -ErrorAction Stop
    $key = @{ Vault = 'NanoBanana' }
}
else {
    $key = @{ ApiKey = ConvertTo-SecureString (Get-AutomationVariable -Name "NanoBanana-$Provider") -AsPlainText -Force }
}

# One look at each job tells whether it has ended.
Get-NBJob -Provider $Provider -State Submitted, Running, Succeeded |
    Get-NBJob -Refresh @key |
    Where-Object State -EQ Succeeded |
    Receive-NBJob -OutDirectory $OutDirectory @key

# What was sent, and perhaps taken, when the connection broke is for people to decide.
foreach ($job in Get-NBJob -Provider $Provider -State SubmitOutcomeUnknown) {
    Write-Warning "Whether $($job.Provider) took job $($job.Id) is unknown. Look at its own list before you order it again."
}
