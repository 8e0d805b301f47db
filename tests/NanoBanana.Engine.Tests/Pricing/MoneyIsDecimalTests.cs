using System.Text.RegularExpressions;

namespace NanoBanana.Engine.Tests.Pricing;

/// <summary>Reads our own source: a binary fraction cannot hold a cent.</summary>
public sealed partial class MoneyIsDecimalTests
{
    [Fact]
    public void No_binary_fraction_stands_where_prices_are_made()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(Path.Combine(Source(), "NanoBanana.Engine", "Pricing"), "*.cs"),
            .. Sources().Where(path => Path.GetFileName(path).Contains("Price", StringComparison.Ordinal)),
        ];

        Assert.True(files.Length >= 10, $"only {files.Length} files were found");
        Assert.All(files, path => Assert.All(Code(path), line => Assert.DoesNotMatch(Fraction(), line)));
    }

    [Fact]
    public void No_line_has_money_and_a_binary_fraction()
    {
        string[] found = [.. Sources().SelectMany(path => Code(path).Where(line => Fraction().IsMatch(line) && Money().IsMatch(line)).Select(line => $"{Path.GetFileName(path)}: {line}"))];

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("public double Cost { get; }", true)]
    [InlineData("decimal price = (decimal)element.GetDouble();", true)]
    [InlineData("float credits = 1f;", true)]
    [InlineData("double seconds = 1;", false)]
    [InlineData("decimal cost = 1m;", false)]
    public void The_search_finds_what_it_looks_for(string line, bool found) => Assert.Equal(found, Fraction().IsMatch(line) && Money().IsMatch(line));

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static IEnumerable<string> Code(string path) => File.ReadLines(path).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));

    private static string Source()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NanoBanana.PowerShell.sln"))) return Path.Combine(folder.FullName, "src");
        }

        throw new DirectoryNotFoundException("The tests do not lie inside the project.");
    }

    [GeneratedRegex(@"\b(double|float|Double|Half|GetDouble|GetSingle|ToDouble|ToSingle)\b|\bSingle\b(?![(<])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fraction();

    [GeneratedRegex("price|cost|amount|credit|usd|dollar|budget|saving", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Money();
}
