# To be dot-sourced: a line "<page> <SHA-256>" for each page of the help, line endings ignored.
function Get-PageHash([string] $Folder) {
    foreach ($page in Get-ChildItem -LiteralPath $Folder -Filter *.md | Sort-Object Name -Culture '') {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes((Get-Content -LiteralPath $page.FullName -Raw).Replace("`r", ''))
        $hash = [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes)).ToLowerInvariant()
        "$($page.Name) $hash"
    }
}
