using System.Text;

namespace NanoBanana.Engine.Transport;

/// <summary>Takes a prompt, or parts of it, out of the words of others: providers repeat it in their logs.</summary>
internal sealed class PromptCover
{
    private const string Mask = "***";
    private readonly string prompt;
    private readonly SecretRuns runs = new();

    /// <summary>Makes a cover for one prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    public PromptCover(string prompt)
    {
        this.prompt = prompt.Trim();
        if (this.prompt.Length >= SecretRuns.Length) runs.Add(this.prompt);
    }

    /// <summary>The text without the prompt.</summary>
    /// <param name="text">Any text.</param>
    public string Hide(string text) => prompt.Length >= SecretRuns.Length ? runs.Hide(text) : HideWord(text);

    /// <summary>A short prompt is hidden where it stands by itself: "cat" says nothing of "category".</summary>
    private string HideWord(string text)
    {
        if (prompt.Length == 0) return text;
        var shown = new StringBuilder(text.Length);
        int done = 0;
        for (int at = Find(text, 0); at >= 0; at = Find(text, at + 1))
        {
            if (at < done || IsInWord(text, at - 1) || IsInWord(text, at + prompt.Length)) continue;
            shown.Append(text, done, at - done).Append(Mask);
            done = at + prompt.Length;
        }

        return shown.Append(text, done, text.Length - done).ToString();
    }

    private int Find(string text, int from) => from >= text.Length ? -1 : text.IndexOf(prompt, from, StringComparison.OrdinalIgnoreCase);

    private static bool IsInWord(string text, int at) => at >= 0 && at < text.Length && char.IsLetterOrDigit(text[at]);
}
