# Stands in for the vault that Az.KeyVault is to SecretManagement: the secrets lie in the JSON file NB_TEST_KEYVAULT, and only who
# has signed in may read them.
function Read-Vault([hashtable] $AdditionalParameters) {
    if ($env:NB_TEST_SIGNED_IN -ne '1') { throw 'Run Connect-AzAccount to login.' }
    if (-not $AdditionalParameters.SubscriptionId) { throw 'The vault has no subscription.' }
    $all = Get-Content -LiteralPath $env:NB_TEST_KEYVAULT -Raw | ConvertFrom-Json -AsHashtable
    if (-not $all.ContainsKey($AdditionalParameters.AZKVaultName)) { throw "No such host is known: $($AdditionalParameters.AZKVaultName)" }
    $all[$AdditionalParameters.AZKVaultName]
}

function Get-Secret([string] $Name, [string] $VaultName, [hashtable] $AdditionalParameters) {
    $secrets = Read-Vault $AdditionalParameters
    if ($secrets.ContainsKey($Name)) { ConvertTo-SecureString $secrets[$Name] -AsPlainText -Force }
}

function Set-Secret([string] $Name, [object] $Secret, [string] $VaultName, [hashtable] $AdditionalParameters) { throw 'A runbook writes no secrets.' }

function Remove-Secret([string] $Name, [string] $VaultName, [hashtable] $AdditionalParameters) { throw 'A runbook removes no secrets.' }

function Get-SecretInfo([string] $Filter, [string] $VaultName, [hashtable] $AdditionalParameters) {
    foreach ($name in (Read-Vault $AdditionalParameters).Keys -like $Filter) {
        [Microsoft.PowerShell.SecretManagement.SecretInformation]::new($name, 'SecureString', $VaultName)
    }
}

function Test-SecretVault([string] $VaultName, [hashtable] $AdditionalParameters) { $null -ne (Read-Vault $AdditionalParameters) }
