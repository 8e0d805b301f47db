<#
.SYNOPSIS
Runbook of a webhook: a provider calls it when a job has ended, and it fetches the pictures.
.DESCRIPTION
See about_NanoBanana_AzureAutomation. Make a webhook for it, and give its address to Submit-Pictures -CallbackUri. Whoever knows
the address can call it; ConvertFrom-NBWebhook checks who did.
#>
#Requires -Version 7.4
param(
    # What Azure Automation hands over.
    [Parameter(Mandatory)]
    [object] $WebhookData,

    # Where the pictures go; left out, the Automation variable NanoBanana-OutDirectory names it.
    [string] $OutDirectory = (Get-AutomationVariable -Name NanoBanana-OutDirectory),

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

# A call that proves nothing ends the run; providers send the same call again, and late ones after others.
$job = ConvertFrom-NBWebhook $WebhookData -Provider $Provider @key -ErrorAction Stop
if ($job.WebhookDuplicate) { return }

# What nothing proves ends no job: the provider is asked, with the key.
if (-not $job.WebhookVerified) { $job = Get-NBJob $job.Id -Refresh @key }
if ($job.State -eq 'Succeeded') { $job | Receive-NBJob -OutDirectory $OutDirectory @key }
else { $job }
