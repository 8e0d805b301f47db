# Stands in for Az.Storage: a container is a folder below NB_TEST_STORAGE.
function New-AzStorageContext {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $StorageAccountName, [switch] $UseConnectedAccount)

    if (-not $UseConnectedAccount -or $env:NB_TEST_SIGNED_IN -ne '1') { throw 'Nobody is signed in.' }
    [pscustomobject]@{ Root = Join-Path $env:NB_TEST_STORAGE $StorageAccountName }
}

function Set-AzStorageBlobContent {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Context, [Parameter(Mandatory)] [string] $Container, [Parameter(Mandatory)] [string] $File, [Parameter(Mandatory)] [string] $Blob, [switch] $Force)

    $folder = New-Item -ItemType Directory -Path (Join-Path $Context.Root $Container) -Force
    [IO.File]::Copy($File, (Join-Path $folder $Blob), $Force)
    [pscustomobject]@{ Name = $Blob }
}
