namespace NanoBanana.Engine.Tests.Support;

/// <summary>The providers' own documents, where they lie beside the project (../shared/seeds); where they do not, the test is skipped.</summary>
internal static class SeedDocument
{
    public static string Read(string number)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string seeds = Path.Combine(folder.FullName, "shared", "seeds");
            if (Directory.Exists(seeds) && Directory.EnumerateFiles(seeds, number + "_*").FirstOrDefault() is { } path) return File.ReadAllText(path);
        }

        Assert.Skip("The providers' documents do not lie beside the project.");
        return "";
    }
}
