<#
.SYNOPSIS
Shows the built module at work: three pictures and two edits in the sandbox, with no key, no network and no money.
#>
[CmdletBinding()]
param()

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$folder = Join-Path $root 'out' 'demo'
Remove-Item $folder -Recurse -Force -ErrorAction Ignore

$env:NB_STATE_PATH = Join-Path $root 'out' 'state' # Not among the user's own jobs and options.
Import-Module (Join-Path $root 'out' 'NanoBanana')
$made = 'a lighthouse at dusk', 'a red fox in the snow', 'a teapot made of glass' |
    New-NBImage -Sandbox -AspectRatio 16:9 -OutputFormat webp -Seed 7 -OutDirectory $folder
$edited = $made | Select-Object -First 2 | Edit-NBImage 'at night, under the stars' -Sandbox -OutDirectory $folder

# As wide as the table needs, also where the output goes to a file.
$PSStyle.OutputRendering = 'PlainText'
$made + $edited | Out-String -Width 140
Get-ChildItem $folder | Format-Table Length, Name -AutoSize | Out-String -Width 140
"$((Get-ChildItem $folder).Count) files in $folder"
