# Stands in for Az.Accounts: only what the runbooks use, and only the identity of the machine can sign in.
function Disable-AzContextAutosave {
    param([ValidateSet('Process')] [string] $Scope)

    [pscustomobject]@{ Mode = $Scope }
}

function Connect-AzAccount {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [switch] $Identity)

    if (-not $Identity) { throw 'Only a managed identity can sign in here.' }
    if ($env:NB_TEST_IDENTITY -eq 'none') { throw 'ManagedIdentityCredential authentication unavailable.' }
    $env:NB_TEST_SIGNED_IN = '1'
    [pscustomobject]@{ Context = [pscustomobject]@{ Subscription = [pscustomobject]@{ Id = '00000000-1111-2222-3333-444444444444' } } }
}
