<#
.SYNOPSIS
Makes a module that carries a Polly.Core of its own, of another version and with other types in it.
.DESCRIPTION
With the compiler that PowerShell brings along; Add-Type would choose the assembly's name itself.
#>
param([Parameter(Mandatory)] [string] $Folder)

$ErrorActionPreference = 'Stop'
$references = @([object], [psobject]).Assembly.Location + @(Join-Path ([IO.Path]::GetDirectoryName([object].Assembly.Location)) 'System.Runtime.dll')
$compile = {
    param($Name, $Source, $References)

    $path = Join-Path $Folder "$Name.dll"
    $tree = [Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($Source)
    $options = [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new([Microsoft.CodeAnalysis.OutputKind]::DynamicallyLinkedLibrary)
    $metadata = [Microsoft.CodeAnalysis.MetadataReference[]] ($References | ForEach-Object { [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile($_) })
    $compilation = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create($Name, [Microsoft.CodeAnalysis.SyntaxTree[]] @($tree), $metadata, $options)
    $stream = [IO.File]::Create($path)
    try { $result = $compilation.Emit($stream) }
    finally { $stream.Dispose() }
    if (-not $result.Success) { throw ($result.Diagnostics -join "`n") }
    $path
}

$polly = & $compile 'Polly.Core' @'
[assembly: System.Reflection.AssemblyVersion("7.1.0.0")]
namespace Polly { public static class Marker { public static string Word => "polly seven"; } }
'@ $references
$null = & $compile 'Other' @'
using System.Management.Automation;
[Cmdlet(VerbsCommon.Get, "PollyWord")]
public class GetPollyWord : PSCmdlet { protected override void ProcessRecord() => WriteObject(Polly.Marker.Word); }
'@ ($references + $polly)
Set-Content (Join-Path $Folder 'Other.psd1') "@{ RootModule = 'Other.dll'; ModuleVersion = '1.0'; RequiredAssemblies = 'Polly.Core.dll'; CmdletsToExport = 'Get-PollyWord' }"
