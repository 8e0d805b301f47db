using System.Security.Cryptography;
using System.Text;

namespace NanoBanana;

/// <summary>One request as the journal knows it: what was asked, of whom, and where it stands.</summary>
public sealed class NBJob : NBRequest
{
    private string? promptHash;

    /// <summary>Our own id; sorts by the time it was made.</summary>
    public required string Id { get; init; }

    /// <summary>The provider's id; null before it answered.</summary>
    public string? RemoteId { get; init; }

    /// <summary>The provider, for example <c>Fal</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The model as the provider names it.</summary>
    public required string Model { get; init; }

    /// <summary>A picture from words, or from pictures and words.</summary>
    public ImageOperation Operation { get; init; }

    /// <summary>Where it stands.</summary>
    public NBJobState State { get; init; }

    /// <summary>The prompt; null when the user asked that prompts are not kept.</summary>
    public string? Prompt { get; init; }

    /// <summary>
    /// What <see cref="HashPrompt"/> makes of the prompt, also when the prompt itself is not kept: by it a script knows a job of the
    /// same prompt. It is made when it is first asked for.
    /// </summary>
    public string? PromptHash
    {
        get => promptHash ??= Prompt is { } prompt ? HashPrompt(prompt) : null;
        init => promptHash = value;
    }

    /// <summary>The number of pictures asked for.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The tier asked for.</summary>
    public string? Resolution { get; init; }

    /// <summary>The place in the provider's queue, from 0; null when not known.</summary>
    public int? QueuePosition { get; init; }

    /// <summary>
    /// The cost in US dollars: an estimate until the job has ended, then what the provider's documents say (a refunded job costs
    /// 0); null when not known.
    /// </summary>
    public decimal? Cost { get; init; }

    /// <summary>
    /// Who says so: <c>Catalogue</c> (our dated tables), or <c>Provider</c> where its own <see cref="Credits"/> are all that is
    /// known; null where nothing is.
    /// </summary>
    public string? CostSource { get; init; }

    /// <summary>
    /// Whether nobody says if the job is on the bill at all (the answer to its submit was lost, or it failed and may be charged);
    /// then <see cref="Cost"/> is the full estimate.
    /// </summary>
    public bool IsCostUncertain { get; init; }

    /// <summary>What the provider took for the whole job, in its own credits; null when it does not count in credits.</summary>
    public decimal? Credits { get; init; }

    /// <summary>When it was written down, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time since it was written down, in whole seconds; zero where the clock was set back since.</summary>
    public TimeSpan Age => TimeSpan.FromSeconds(Math.Max(0, Math.Floor((DateTimeOffset.UtcNow - CreatedAt).TotalSeconds)));

    /// <summary>When it last changed, UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether the provider is done with it, well or not; its pictures may still have to be fetched.</summary>
    public bool HasEnded => State.HasEnded();

    /// <summary>Why it failed; null unless it did.</summary>
    public NBErrorId? ErrorId { get; init; }

    /// <summary>The error in words; null unless it failed.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The files that were written.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Whether the sandbox has it: no provider was asked and nothing is paid.</summary>
    public bool Sandbox { get; init; }

    /// <summary>
    /// Whether a signature proves that the provider sent the delivery this comes from; false where the provider documents no
    /// signature. Null unless it comes from ConvertFrom-NBWebhook.
    /// </summary>
    public bool? WebhookVerified { get; init; }

    /// <summary>
    /// Whether nothing was written and nothing is to be done: the journal knew as much as that delivery, or somebody works on the
    /// job and hears the same from the provider. Null unless it comes from ConvertFrom-NBWebhook.
    /// </summary>
    public bool? WebhookDuplicate { get; init; }

    /// <summary>The hash that stands for a prompt that is not kept.</summary>
    /// <param name="prompt">The prompt; every letter and blank counts.</param>
    /// <returns>SHA-256 of its UTF-8, 64 hexadecimal digits in lower case.</returns>
    public static string HashPrompt(string prompt) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))).ToLowerInvariant();

    /// <summary>The id and the state.</summary>
    /// <returns>A text that names the job.</returns>
    public override string ToString() => $"{Id} ({State})";
}
