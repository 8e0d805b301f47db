<#
.SYNOPSIS
Runbook 1 of 2: orders pictures and ends. Receive-Pictures fetches them later.
.DESCRIPTION
See about_NanoBanana_AzureAutomation. Needs the modules NanoBanana and, for a key vault, Az.Accounts, Az.KeyVault and
Microsoft.PowerShell.SecretManagement. The folder of the jobs must outlive this run: that of a hybrid worker or a share.
#>
#Requires -Version 7.4
param(
    # What the pictures show.
    [Parameter(Mandatory)]
    [string[]] $Prompt,

    [string] $Provider = 'Fal',

    [string] $Resolution = '1K',

    # The folder of the jobs; left out, the Automation variable NanoBanana-StatePath names it.
    [string] $StatePath = (Get-AutomationVariable -Name NanoBanana-StatePath),

    # The key vault that holds NanoBanana-<provider>; left out, the encrypted Automation variable of that name holds the key.
    [string] $KeyVaultName,

    # Azure starts a runbook that was interrupted from its beginning. A prompt that was ordered since then is not ordered again.
    [datetime] $NotAgainSince = (Get-Date).AddHours(-3),

    # Where the provider tells the end of a job: the address of Receive-PictureWebhook.
    [uri] $CallbackUri
)

Set-StrictMode -Version 3.0
$VerbosePreference = 'SilentlyContinue' # Everything that is told is stored with the run.
if (-not (Test-Path -LiteralPath $StatePath -PathType Container)) { throw "There is no folder '$StatePath' to keep the jobs in. Nothing was ordered." }
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

# By their hashes, for a journal may keep no prompts (Set-NBOption -JournalPrompt).
$ordered = @(Get-NBJob -Provider $Provider -Since $NotAgainSince | ForEach-Object PromptHash)
$new = @($Prompt | Where-Object { [NanoBanana.NBJob]::HashPrompt($_) -notin $ordered })
if (-not $new) {
    Write-Warning "All $($Prompt.Count) prompts were ordered since $($NotAgainSince.ToUniversalTime().ToString('u')). Nothing was ordered again."
    return
}
if ($CallbackUri) { $key.CallbackUri = $CallbackUri }
New-NBImage $new -Provider $Provider -Resolution $Resolution -NoWait @key
