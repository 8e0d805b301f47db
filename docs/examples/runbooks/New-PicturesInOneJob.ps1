<#
.SYNOPSIS
Runbook for the sandbox of Azure Automation, where no folder outlives the run: orders pictures, waits, and puts them into a blob
container.
.DESCRIPTION
See about_NanoBanana_AzureAutomation. Azure ends such a run after three hours, and its files go with it. So the waiting ends
before, and what is not finished then is given out with the provider's own id.
#>
#Requires -Version 7.4
param(
    # What the pictures show.
    [Parameter(Mandatory)]
    [string[]] $Prompt,

    [Parameter(Mandatory)]
    [string] $StorageAccountName,

    [Parameter(Mandatory)]
    [string] $ContainerName,

    [string] $Provider = 'Fal',

    [string] $Resolution = '1K',

    # The key vault that holds NanoBanana-<provider>; left out, the encrypted Automation variable of that name holds the key.
    [string] $KeyVaultName,

    # How long one job may take, in seconds. Prompts run five at a time: all of them together must stay below three hours.
    [int] $TimeoutSec = 900
)

Set-StrictMode -Version 3.0
$VerbosePreference = 'SilentlyContinue' # Everything that is told is stored with the run.
$ProgressPreference = 'SilentlyContinue' # Az.Storage shows it, and nobody sees it.
$null = Disable-AzContextAutosave -Scope Process
$login = Connect-AzAccount -Identity -ErrorAction Stop
if ($KeyVaultName) {
    $vault = @{ AZKVaultName = $KeyVaultName; SubscriptionId = $login.Context.Subscription.Id }
    Register-SecretVault -Name NanoBanana -ModuleName Az.KeyVault -VaultParameters $vault -AllowClobber -ErrorAction Stop
    $key = @{ Vault = 'NanoBanana' }
}
else {
    $key = @{ ApiKey = ConvertTo-SecureString (Get-AutomationVariable -Name "NanoBanana-$Provider") -AsPlainText -Force }
}

# Of this run alone: a sandbox may serve several runs.
$folder = (New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "nb-$([guid]::NewGuid().ToString('n'))")).FullName
$env:NB_STATE_PATH = Join-Path $folder 'state'
try {
    $storage = New-AzStorageContext -StorageAccountName $StorageAccountName -UseConnectedAccount -ErrorAction Stop
    New-NBImage $Prompt -Provider $Provider -Resolution $Resolution -TimeoutSec $TimeoutSec -OutDirectory (Join-Path $folder 'out') @key |
        ForEach-Object {
            $null = Set-AzStorageBlobContent -Context $storage -Container $ContainerName -File $_.Path -Blob (Split-Path $_.Path -Leaf) -Force -ErrorAction Stop
            $_ | Select-Object -Property Prompt, Provider, Cost, @{ Name = 'Blob'; Expression = { Split-Path $_.Path -Leaf } }
        }
}
finally {
    # These are paid for, and nothing of them is left here: their ids lead to them in the provider's own list.
    Get-NBJob -State Intent, Submitted, Running, Succeeded, SubmitOutcomeUnknown | Select-Object -Property Prompt, Provider, State, RemoteId, CreatedAt
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore
}
