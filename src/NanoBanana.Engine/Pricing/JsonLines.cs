using System.Globalization;
using System.Text.Json;

namespace NanoBanana.Engine.Pricing;

/// <summary>Where in a text each value of its JSON stands: JsonDocument forgets that. Asked only when something is wrong.</summary>
internal static class JsonLines
{
    /// <summary>The line of a value.</summary>
    /// <param name="json">JSON that can be parsed.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="path">The value, for example <c>prices[3].amount</c>; empty for the root.</param>
    /// <returns>The line from 1; where the value does not exist, that of the nearest one around it.</returns>
    public static int Of(ReadOnlySpan<byte> json, JsonReaderOptions options, string path)
    {
        var reader = new Utf8JsonReader(json, options);
        var steps = new Stack<Step>();
        (int depth, long start) best = (-1, 0);
        string? name = null;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                steps.Pop();
                continue;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = reader.GetString();
                if (Join(steps, name) == path) return Line(json, reader.TokenStartIndex);
                continue;
            }

            string here = Place(steps, name);
            name = null;
            if (here == path) return Line(json, reader.TokenStartIndex);
            bool isAround = here.Length == 0 || (path.StartsWith(here, StringComparison.Ordinal) && path[here.Length] is '.' or '[');
            if (isAround && steps.Count > best.depth) best = (steps.Count, reader.TokenStartIndex);
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) steps.Push(new Step(here, reader.TokenType == JsonTokenType.StartArray));
        }

        return Line(json, best.start);
    }

    private static string Place(Stack<Step> steps, string? name)
    {
        if (steps.Count == 0) return string.Empty;
        Step around = steps.Peek();
        return around.IsArray ? string.Create(CultureInfo.InvariantCulture, $"{around.Path}[{around.Next++}]") : Join(steps, name);
    }

    private static string Join(Stack<Step> steps, string? name)
    {
        string around = steps.Count == 0 ? string.Empty : steps.Peek().Path;
        return around.Length == 0 ? name ?? string.Empty : around + "." + name;
    }

    private static int Line(ReadOnlySpan<byte> json, long start) => 1 + json[..(int)start].Count((byte)'\n');

    private sealed class Step(string path, bool isArray)
    {
        public string Path { get; } = path;

        public bool IsArray { get; } = isArray;

        public int Next { get; set; }
    }
}
