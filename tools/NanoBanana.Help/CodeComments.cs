using System.Xml.Linq;

namespace NanoBanana.Help;

/// <summary>The summaries that the compiler took out of the code.</summary>
internal sealed class CodeComments(string path)
{
    private readonly Dictionary<string, string> summaries = XDocument.Load(path).Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => (string)member.Attribute("name")!, member => Plain(member.Element("summary")!), StringComparer.Ordinal);

    /// <summary>The summary of a type.</summary>
    /// <exception cref="InvalidDataException">It has none.</exception>
    public string Of(Type type) => Find("T:" + type.FullName);

    /// <summary>The summary of a property, wherever it is declared.</summary>
    /// <exception cref="InvalidDataException">It has none.</exception>
    public string Of(Type declaring, string property) => Find($"P:{declaring.FullName}.{property}");

    private string Find(string id) => summaries.TryGetValue(id, out string? text)
        ? text
        : throw new InvalidDataException($"{id} has no summary in its code, so Get-Help would have nothing to say.");

    private static string Plain(XElement summary)
    {
        foreach (XElement see in summary.Descendants("see").ToList()) see.ReplaceWith(((string?)see.Attribute("cref") ?? string.Empty).Split('.')[^1]);
        return string.Join(' ', summary.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
