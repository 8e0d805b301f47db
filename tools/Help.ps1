<#
.SYNOPSIS
Makes what Get-Help shows out of docs/en-US: NanoBanana.PowerShell.dll-Help.xml and about_*.help.txt.
.DESCRIPTION
Needs the module Microsoft.PowerShell.PlatyPS. The files are committed, so that every build carries them; the first lines of
the XML file hold a hash of each page, by which Help.Tests.ps1 finds a page that is newer.
#>
#Requires -Version 7.4
#Requires -Modules Microsoft.PowerShell.PlatyPS
[CmdletBinding()]
param(
    # The pages.
    [string] $Source = (Join-Path (Split-Path $PSScriptRoot) 'docs' 'en-US'),

    # Where the help files go.
    [string] $OutputFolder = (Join-Path (Split-Path $PSScriptRoot) 'src' 'NanoBanana.PowerShell' 'en-US')
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'PageHash.ps1')
$width = 76 # Of a console of 80 columns; Get-Help indents by 4 what it shows.

function Format-Paragraph([string] $Text, [string] $Indent, [string] $First = $Indent, [int] $Width = $width) {
    $line = $First
    $isEmpty = $true
    foreach ($word in $Text -split '\s+' | Where-Object { $_ }) {
        if (-not $isEmpty -and $line.Length + 1 + $word.Length -gt $Width) {
            $line
            $line = $Indent
            $isEmpty = $true
        }
        $line += ($isEmpty ? '' : ' ') + $word
        $isEmpty = $false
    }
    $line
}

function Format-MarkdownTable([string[]] $Lines, [string] $Indent) {
    $rows = foreach ($line in $Lines) {
        if ($line -match '^\|[\s:|-]+\|$') { continue }
        , @($line.Trim() -replace '^\||\|$' -split '(?<!\\)\|' | ForEach-Object { ConvertTo-Plain $_.Trim().Replace('\|', '|') })
    }
    # Each column is as wide as its longest word at least; what is left goes to the columns that lack most.
    $columns = 0..($rows[0].Count - 1)
    $whole = @($columns | ForEach-Object { $at = $_; ($rows | ForEach-Object { $_[$at].Length } | Measure-Object -Maximum).Maximum })
    $widths = @($columns | ForEach-Object { $at = $_; ($rows | ForEach-Object { $_[$at] -split ' ' } | Measure-Object Length -Maximum).Maximum })
    $left = $width - $Indent.Length - 2 * ($columns.Count - 1) - ($widths | Measure-Object -Sum).Sum
    if ($left -lt 0) {
        # No room for columns: an entry for each row.
        foreach ($row in $rows | Select-Object -Skip 1) {
            Format-Paragraph $row[0] $Indent
            foreach ($at in $columns | Select-Object -Skip 1) {
                if ($row[$at]) { Format-Paragraph "$($rows[0][$at]): $($row[$at])" "$Indent    " "$Indent  " }
            }
        }
        return
    }
    for (; $left -gt 0; $left--) {
        $lacks = $columns | Sort-Object { $whole[$_] - $widths[$_] } -Descending -Stable | Select-Object -First 1
        if ($whole[$lacks] -le $widths[$lacks]) { break }
        $widths[$lacks]++
    }
    $rule = @($widths | ForEach-Object { '-' * $_ })
    foreach ($row in @(, $rows[0]) + , $rule + @($rows | Select-Object -Skip 1)) {
        $cells = @($columns | ForEach-Object { , @(Format-Paragraph $row[$_] '' -Width $widths[$_]) })
        for ($line = 0; $line -lt ($cells | ForEach-Object Count | Measure-Object -Maximum).Maximum; $line++) {
            $parts = $columns | ForEach-Object { ($line -lt $cells[$_].Count ? $cells[$_][$line] : '').PadRight($widths[$_]) }
            ($Indent + ($parts -join '  ')).TrimEnd()
        }
    }
}

function ConvertTo-Plain([string] $Text) {
    ($Text -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '\*\*(.+?)\*\*', '$1').Replace('`', '')
}

<# Markdown as plain text for a console: paragraphs and tables of the width of a console, code as it is. #>
function ConvertTo-Text([string] $Markdown, [string] $Indent) {
    $paragraph = [System.Collections.Generic.List[string]]::new()
    $table = [System.Collections.Generic.List[string]]::new()
    $isCode = $false
    $first = $next = $Indent
    foreach ($line in @($Markdown -split '\r?\n') + '') {
        $isTable = -not $isCode -and $line.StartsWith('|')
        if (-not $isTable -and $table.Count) {
            Format-MarkdownTable $table.ToArray() $Indent
            $table.Clear()
        }
        $item = $isCode ? [regex]::Match('', 'x') : [regex]::Match($line, '^(?<mark>-|\d+\.) (?<text>.+)$')
        $ends = $isCode -or $isTable -or $item.Success -or $line -match '^(#|```|\s*$)'
        if ($ends -and $paragraph.Count) {
            Format-Paragraph (ConvertTo-Plain ($paragraph -join ' ')) $next $first
            $paragraph.Clear()
        }
        if ($line -match '^```') { $isCode = -not $isCode }
        elseif ($isCode) { "$Indent    $line".TrimEnd() }
        elseif ($isTable) { $table.Add($line) }
        elseif ($line -match '^# (.+)$') { 'TOPIC', "$Indent$($Matches[1])" }
        elseif ($line -match '^## (.+)$') { (ConvertTo-Plain $Matches[1]).ToUpperInvariant() }
        elseif ($line -match '^###+ (.+)$') { "  $(ConvertTo-Plain $Matches[1])" }
        elseif ($line -match '^\s*$') { '' }
        elseif ($item.Success) {
            $first = "$Indent$($item.Groups['mark'].Value) "
            $next = ' ' * $first.Length
            $paragraph.Add($item.Groups['text'].Value)
        }
        else {
            if (-not $paragraph.Count) { $first = $next = $Indent }
            $paragraph.Add($line)
        }
    }
}

function Export-Topic {
    foreach ($page in Get-ChildItem -LiteralPath $Source -Filter 'about_*.md') {
        $markdown = (Get-Content -LiteralPath $page.FullName -Raw) -replace '\A---\r?\n[\s\S]*?\r?\n---\r?\n'
        $text = ((ConvertTo-Text $markdown.Trim() '    ') -join "`n") -replace '\n{3,}', "`n`n"
        Set-Content -LiteralPath (Join-Path $OutputFolder "$($page.BaseName).help.txt") -Value ($text.TrimEnd() + "`n") -NoNewline
    }
}

<# What PlatyPS leaves out or leaves as markdown: default values, the width of a console, links to files of the source. #>
function Repair-Maml([string] $Path, [object[]] $Pages) {
    $document = [xml]::new()
    $document.PreserveWhitespace = $true
    $document.Load($Path)
    $names = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
    $names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
    $names.AddNamespace('maml', 'http://schemas.microsoft.com/maml/2004/10')
    $names.AddNamespace('dev', 'http://schemas.microsoft.com/maml/dev/2004/10')

    foreach ($example in $document.SelectNodes('//command:example', $names)) {
        # PlatyPS breaks blocks of code at their blank lines, and marks blank lines between paragraphs with U+0080.
        $all = $example.SelectNodes('maml:introduction/maml:para', $names).ForEach{ $_.InnerText.Trim([char] 0x80) } -join "`n`n"
        $code = $output = ''
        foreach ($block in [regex]::Matches($all, '(?m)^```(?<language>\w*)\r?\n(?<text>[\s\S]*?)\r?\n```$')) {
            $text = $block.Groups['text'].Value -replace '\r' -replace '\n{3,}', "`n`n"
            if ($block.Groups['language'].Value -eq 'Output') { $output = $text } else { $code = $text }
            $all = $all.Replace($block.Value, '')
        }
        $maml = $names.LookupNamespace('maml')
        $example.SelectSingleNode('maml:introduction', $names).RemoveAll()
        # The blank stands for an empty line, which Get-Help would leave out.
        $words = ((ConvertTo-Text $all.Trim() '') -join "`n").Trim() + "`n "
        $example.SelectSingleNode('maml:introduction', $names).AppendChild($document.CreateElement('maml', 'para', $maml)).InnerText = $words
        $example.SelectSingleNode('dev:code', $names).InnerText = $code
        foreach ($text in @($output, ' ').Where{ $_ }) {
            $example.SelectSingleNode('dev:remarks', $names).AppendChild($document.CreateElement('maml', 'para', $maml)).InnerText = $text
        }
    }
    foreach ($paragraph in $document.SelectNodes('//maml:para[not(ancestor::command:example)]', $names)) {
        $text = (ConvertTo-Text $paragraph.InnerText.Trim([char] 0x80, "`r", "`n") '') -join "`n"
        $paragraph.InnerText = $text.TrimEnd()
    }
    foreach ($command in $document.SelectNodes('/*/command:command', $names)) {
        $page = $Pages.Where{ $_.Title -eq $command.SelectSingleNode('command:details/command:name', $names).InnerText }[0]
        foreach ($parameter in $command.SelectNodes('command:parameters/command:parameter', $names)) {
            $name = $parameter.SelectSingleNode('maml:name', $names).InnerText
            $value = $page.Parameters.Where{ $_.Name -eq $name }[0].DefaultValue
            if (-not $value -or $parameter.SelectSingleNode('dev:defaultValue', $names)) { continue }
            $default = $document.CreateElement('dev', 'defaultValue', $names.LookupNamespace('dev'))
            $default.InnerText = $value
            $null = $parameter.AppendChild($default)
        }
    }
    foreach ($link in $document.SelectNodes('//maml:navigationLink', $names)) {
        $uri = $link.SelectSingleNode('maml:uri', $names)
        if ($uri.InnerText -match '\.md$') { $uri.InnerText = '' }
        elseif (-not $uri.InnerText) { $null = $link.ParentNode.RemoveChild($link) }
    }
    $hashes = $document.CreateComment("`n$((Get-PageHash $Source) -join "`n")`n")
    $null = $document.InsertBefore($hashes, $document.DocumentElement)
    $settings = [System.Xml.XmlWriterSettings]@{ NewLineChars = "`n"; NewLineHandling = 'None'; Encoding = [System.Text.UTF8Encoding]::new($false) }
    $writer = [System.Xml.XmlWriter]::Create($Path, $settings)
    $document.Save($writer)
    $writer.Dispose()
}

$null = New-Item $OutputFolder -ItemType Directory -Force
Export-Topic
$folder = Join-Path ([System.IO.Path]::GetTempPath()) "nb-help-$([guid]::NewGuid().ToString('n'))"
try {
    $pages = @(Microsoft.PowerShell.PlatyPS\Import-MarkdownCommandHelp -LiteralPath (Get-ChildItem $Source -Filter '*-NB*.md').FullName)
    # PlatyPS writes into a subfolder named after the module.
    foreach ($file in $pages | Microsoft.PowerShell.PlatyPS\Export-MamlCommandHelp -OutputFolder $folder -Force) {
        Repair-Maml $file.FullName $pages
        Move-Item -LiteralPath $file.FullName -Destination (Join-Path $OutputFolder $file.Name) -Force
    }
}
finally {
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore
}
