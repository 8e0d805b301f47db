using System.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Finds and masks parts of secrets: each run of <see cref="Length"/> characters that a secret has too, whatever the case, also
/// where it is escaped for an address, JSON or HTML, twice over, or broken over lines. A key that was cut off is still half a key.
/// </summary>
internal sealed class SecretRuns
{
    /// <summary>The shortest part that is masked, in characters.</summary>
    public const int Length = 8;

    private const string Mask = "***";
    private const int MostLayers = 2;
    private const int MostRounds = 64;

    private readonly HashSet<Run> runs = [];

    /// <summary>Adds a secret.</summary>
    /// <param name="secret">At least <see cref="Length"/> characters.</param>
    public void Add(string secret)
    {
        AddRuns(Spelling.Of(secret));
        if (Spelling.MayBeEscaped(secret)) AddRuns(Spelling.Of(secret).Unescape());
    }

    /// <summary>The text with a mask in the place of each run.</summary>
    /// <param name="text">Any text.</param>
    public string Hide(string text)
    {
        // What a mask brings together may be a run again. Each round shortens the text, so there is an end.
        for (int round = 0; round < MostRounds; round++)
        {
            if (Find(text) is not { } hidden) return text;
            text = Cover(text, hidden);
        }

        return Mask;
    }

    private void AddRuns(Spelling secret)
    {
        Run run = default;
        for (int i = 0; i < secret.Count; i++)
        {
            run = run.Then(Fold(secret[i].Value));
            if (i >= Length - 1) runs.Add(run);
        }
    }

    private bool[]? Find(string text)
    {
        if (text.Length < Length || runs.Count == 0) return null;
        Spelling spelling = Spelling.Of(text);
        bool[]? hidden = null;
        Find(spelling, text.Length, ref hidden);
        int layers = Spelling.MayBeEscaped(text) ? MostLayers : 0;
        for (int i = 0; i < layers; i++)
        {
            int before = spelling.Count;
            spelling = spelling.Unescape();
            if (spelling.Count == before) break;
            Find(spelling, text.Length, ref hidden);
        }

        return hidden;
    }

    private void Find(Spelling spelling, int length, ref bool[]? hidden)
    {
        Run run = default;
        for (int i = 0; i < spelling.Count; i++)
        {
            run = run.Then(Fold(spelling[i].Value));
            if (i < Length - 1 || !runs.Contains(run)) continue;
            hidden ??= new bool[length];
            int start = spelling[i - Length + 1].Start;
            hidden.AsSpan(start, spelling[i].End - start).Fill(true);
        }
    }

    private static string Cover(string text, bool[] hidden)
    {
        var shown = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (!hidden[i]) shown.Append(text[i]);
            else if (i == 0 || !hidden[i - 1]) shown.Append(Mask);
        }

        return shown.ToString();
    }

    /// <summary>Forms write a blank as a plus; hosts are written small.</summary>
    private static char Fold(char c) => c == ' ' ? '+' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;

    /// <summary>The last eight characters, of 16 bits each: the run itself, not a hash of it.</summary>
    private readonly record struct Run(ulong Older, ulong Newer)
    {
        public Run Then(char next) => new((Older << 16) | (Newer >> 48), (Newer << 16) | next);
    }
}
