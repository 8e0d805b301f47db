using NanoBanana.Help;

if (args is not [var comments, var target])
{
    Console.Error.WriteLine("usage: NanoBanana.Help <XML comments of the cmdlets> <help file to write>");
    return 2;
}

var help = new HelpFile(new CodeComments(comments));
Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
help.Make(CmdletShape.ReadAll(typeof(NanoBanana.PowerShell.ModuleLoader).Assembly)).Save(target);
return 0;
