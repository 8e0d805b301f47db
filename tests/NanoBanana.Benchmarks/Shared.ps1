# What the benchmarks of the built module share. To be dot-sourced.

# The manifest of the module that was built.
function Find-BuiltManifest {
    (Get-ChildItem (Join-Path $PSScriptRoot '..' '..' 'out' 'NanoBanana') -Filter NanoBanana.psd1 -Recurse | Select-Object -First 1).FullName
}

function Get-Median([double[]] $Values) {
    $sorted = @($Values | Sort-Object)
    $sorted[[int][Math]::Floor($sorted.Count / 2)]
}
