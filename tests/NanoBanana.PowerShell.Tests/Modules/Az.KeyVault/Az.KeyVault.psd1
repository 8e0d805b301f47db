@{
    ModuleVersion     = '1.0'
    NestedModules     = './Az.KeyVault.Extension'
    FunctionsToExport = @()
}
