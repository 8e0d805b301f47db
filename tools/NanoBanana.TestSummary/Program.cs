using NanoBanana.TestSummary;

if (args is not [var folder, .. var suites])
{
    Console.Error.WriteLine("usage: NanoBanana.TestSummary <folder of results> <name of each xunit suite>...");
    return 2;
}

var tally = new Tally();
foreach (string suite in suites) TrxFile.Read(Path.Combine(folder, suite + ".trx"), suite, tally);
LineFile.Read(Path.Combine(folder, "results.txt"), tally);
SkipFile.Read(Path.Combine(folder, "skips.txt"), tally);
return tally.Tell(Console.Out);
