@{
    RootModule        = 'Az.KeyVault.Extension.psm1'
    ModuleVersion     = '1.0'
    FunctionsToExport = 'Get-Secret', 'Set-Secret', 'Remove-Secret', 'Get-SecretInfo', 'Test-SecretVault'
}
