<#
.SYNOPSIS
Runs one script after the other, each in a session of its own, until the pipe ends that they come through. Started by
Processes.psm1.
#>
param(
    # The name of the pipe. Each line is a JSON object: the script, the environment variables, and the line to write when it is done.
    [Parameter(Mandatory)]
    [string] $Pipe
)

$ErrorActionPreference = 'Stop'
$requests = [IO.Pipes.NamedPipeClientStream]::new('.', $Pipe, [IO.Pipes.PipeDirection]::In)
$requests.Connect()
$reader = [IO.StreamReader]::new($requests)
while ($null -ne ($line = $reader.ReadLine())) {
    $request = ConvertFrom-Json $line -AsHashtable
    $environment = $request.Environment
    foreach ($name in @([Environment]::GetEnvironmentVariables().Keys)) {
        if ($name -ne 'PSModulePath' -and $null -eq $environment[$name]) { Remove-Item -LiteralPath "Env:$name" }
    }
    foreach ($name in $environment.Keys) {
        if ($null -ne $environment[$name]) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
    }

    $runspace = [runspacefactory]::CreateRunspace($Host, [initialsessionstate]::CreateDefault2())
    $runspace.Open()
    $shell = [powershell]::Create($runspace)
    $null = $shell.AddScript($request.Script).AddCommand('Out-Default')
    $shell.Commands.Commands[0].MergeMyResults('Error', 'Output')
    try { $null = $shell.Invoke() }
    catch { [Console]::Error.WriteLine($_.Exception.GetBaseException().Message) }
    finally {
        $shell.Dispose()
        $runspace.Dispose()
        [Console]::Out.WriteLine($request.Mark)
        [Console]::Error.WriteLine($request.Mark)
    }
}
