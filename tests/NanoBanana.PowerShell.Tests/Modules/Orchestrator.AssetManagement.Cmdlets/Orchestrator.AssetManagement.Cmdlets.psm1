# Stands in for the module of Azure Automation that reads its variables: here they lie in the JSON file NB_TEST_VARIABLES.
function Get-AutomationVariable {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)

    $all = Get-Content -LiteralPath $env:NB_TEST_VARIABLES -Raw | ConvertFrom-Json -AsHashtable
    if (-not $all.ContainsKey($Name)) { throw "The variable '$Name' was not found." }
    $all[$Name]
}
