# Used by the tests of keys, after Sandbox.ps1: a home folder of their own, with real vaults in it. SecretManagement and
# SecretStore keep everything under $HOME, so each script runs in a process whose HOME is a temporary folder.

# Why there can be no vaults here; nothing where there can.
function Get-VaultSkip {
    if ($IsWindows) { return 'SecretStore keeps its data in the profile of the user here, which tests must not touch' }
    foreach ($name in 'Microsoft.PowerShell.SecretManagement', 'Microsoft.PowerShell.SecretStore') {
        if (-not (Get-Module $name -ListAvailable)) { return "the module $name is not installed" }
    }
}

# A home folder with a vault 'Store' in it, the default one, which asks for no password. It is made once, and copied.
function New-VaultHome {
    param([switch] $Empty)

    $path = (New-Item (Join-Path $TestDrive "home-$([guid]::NewGuid().ToString('n').Substring(0, 8))") -ItemType Directory).FullName
    if ($Empty) { return $path }
    $model = Join-Path (Get-RunFolder) 'home'
    if (-not (Test-Path $model)) {
        $null = New-Item $model -ItemType Directory
        $null = Invoke-AtHome $model -NewProcess {
            Register-SecretVault Store -ModuleName Microsoft.PowerShell.SecretStore -DefaultVault
            Reset-SecretStore -Authentication None -Interaction None -Force -WarningAction Ignore
        }
    }
    Copy-Item (Join-Path $model '.secretmanagement') $path -Recurse -Force
    $path
}

# Closes the vault with the password 'open sesame', for every process that comes after. With -Prompt it would ask for the password.
function Lock-VaultHome {
    param([string] $Path, [switch] $Prompt)

    Close-OtherPwsh $Path
    $null = Invoke-AtHome $Path -NewProcess "Set-SecretStoreConfiguration -Authentication Password -Interaction $($Prompt ? 'Prompt' : 'None') -Password (ConvertTo-SecureString 'open sesame' -AsPlainText -Force) -Confirm:`$false"
}

# A vault of a few lines beside SecretStore, which keeps what it is told as PowerShell's own XML.
function New-FileVault {
    param([string] $ModuleName = 'FileVault')

    $root = New-Item (Join-Path $TestDrive "module-$([guid]::NewGuid().ToString('n').Substring(0, 8))" $ModuleName) -ItemType Directory
    $inner = New-Item (Join-Path $root "$ModuleName.Extension") -ItemType Directory
    New-ModuleManifest (Join-Path $root "$ModuleName.psd1") -NestedModules "./$ModuleName.Extension" -FunctionsToExport @()
    New-ModuleManifest (Join-Path $inner "$ModuleName.Extension.psd1") -RootModule "$ModuleName.Extension.psm1" -FunctionsToExport 'Get-Secret', 'Set-Secret', 'Remove-Secret', 'Get-SecretInfo', 'Test-SecretVault'
    Set-Content (Join-Path $inner "$ModuleName.Extension.psm1") @'
function Get-Path($Name, $AdditionalParameters) { Join-Path $AdditionalParameters.Folder "$Name.xml" }
function Get-Secret([string] $Name, [string] $VaultName, [hashtable] $AdditionalParameters) {
    $torn = [IO.Directory]::GetFiles($AdditionalParameters.Folder, 'torn*')
    if ($torn.Count -lt $AdditionalParameters.Torn) {
        $null = New-Item (Join-Path $AdditionalParameters.Folder "torn$($torn.Count)")
        throw [NullReferenceException]::new()
    }
    $path = Get-Path $Name $AdditionalParameters
    if (Test-Path $path) { (Import-Clixml $path).PSObject.BaseObject }
}
function Set-Secret([string] $Name, [object] $Secret, [string] $VaultName, [hashtable] $AdditionalParameters) {
    if ($AdditionalParameters.Broken) { throw 'the disk of this vault is full' }
    Export-Clixml -InputObject $Secret (Get-Path $Name $AdditionalParameters)
}
function Remove-Secret([string] $Name, [string] $VaultName, [hashtable] $AdditionalParameters) { Remove-Item (Get-Path $Name $AdditionalParameters) }
function Get-SecretInfo([string] $Filter, [string] $VaultName, [hashtable] $AdditionalParameters) {
    foreach ($file in Get-ChildItem $AdditionalParameters.Folder -Filter '*.xml' | Where-Object BaseName -Like $Filter) {
        [Microsoft.PowerShell.SecretManagement.SecretInformation]::new($file.BaseName, 'SecureString', $VaultName)
    }
}
function Test-SecretVault([string] $VaultName, [hashtable] $AdditionalParameters) { $true }
'@
    $root.FullName
}

# The line that registers such a vault under a name; it keeps its secrets in the home folder. The first reads of one that is torn fail.
function Get-FileVaultLine {
    param([string] $Name, [string] $ModuleName = 'FileVault', [switch] $Broken, [int] $Torn)

    $module = New-FileVault $ModuleName
    "`$null = New-Item `$HOME/vault-$Name -ItemType Directory; Register-SecretVault '$Name' -ModuleName '$module' -VaultParameters @{ Folder = `"`$HOME/vault-$Name`"; Broken = `$$($Broken.ToBool()); Torn = $Torn }"
}

# The objects of an answer that have a property; strict mode knows no missing ones.
function Select-With {
    param([object[]] $Answer, [string] $Property)

    $Answer | Where-Object { $_ -and $_.PSObject.Properties[$Property] }
}

# Runs a script with the module in a process that lives in a home folder, as a service would: nobody can answer, and no input
# comes. It gives objects as JSON keeps them, errors as Id and Message, warnings as Warning. The process goes on to the next
# script for this home, unless it is to be a new one; SecretManagement, and what is unlocked, stay with it.
function Invoke-AtHome {
    param([string] $Path, [string] $Script, [hashtable] $Environment = @{}, [switch] $MayAsk, [switch] $MayShow, [switch] $NewProcess)

    $text = (Invoke-OtherPwsh -HomeFolder $Path -Environment $Environment -MayAsk:$MayAsk -NewProcess:$NewProcess @"
Import-Module '$NBManifest'
Set-Location '$Path'
function ConvertTo-Key([string] `$Text) { ConvertTo-SecureString `$Text -AsPlainText -Force }
function Test-Loaded { [bool]([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'Microsoft.PowerShell.SecretManagement' }) }
`$all = & { try { & { $Script } *>&1 } catch { `$_ } } | ForEach-Object {
    if (`$_ -is [Management.Automation.ErrorRecord]) { @{ Id = `$_.FullyQualifiedErrorId -replace ',.*'; Message = `$_.Exception.Message } }
    elseif (`$_ -is [Management.Automation.WarningRecord]) { @{ Warning = `$_.Message } }
    elseif (`$_ -isnot [Management.Automation.InformationRecord]) { `$_ }
}
'<<<' + (ConvertTo-Json @(`$all) -Depth 3 -EnumsAsStrings -WarningAction Ignore) + '>>>'
"@) -join "`n"
    if ($text -notmatch '(?s)^(?<before>.*)<<<(?<json>.*)>>>') { throw "The script ended early: $text" }
    if ($Matches.before.Trim() -and -not $MayShow) { throw "Something was asked or shown: $($Matches.before)" }
    $Matches.json | ConvertFrom-Json
}
