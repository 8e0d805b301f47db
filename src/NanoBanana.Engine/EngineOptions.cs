using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine;

/// <summary>What an engine works with.</summary>
public sealed record EngineOptions
{
    /// <summary>Finds the key of a provider, told its name; asked once for each provider, before its first request is sent.</summary>
    /// <remarks>Throws an <see cref="NBException"/> with <see cref="NBErrorId.CredentialNotFound"/> when there is none.</remarks>
    public required Func<string, SecretKey> Key { get; init; }

    /// <summary>Whether a sandbox answers; then jobs and pictures say so.</summary>
    public bool Sandbox { get; init; }

    /// <summary>Answers every call in the place of the network; null for the network. The engine does not dispose of it.</summary>
    public HttpMessageHandler? MessageHandler { get; init; }

    /// <summary>Reads an environment variable: NB_FAL_BASEURI and its like. Not asked when <see cref="MessageHandler"/> is set.</summary>
    public Func<string, string?> ReadVariable { get; init; } = static _ => null;

    /// <summary>Where jobs are written down; null to keep them no longer than the engine lives.</summary>
    public StateFolder? State { get; init; }

    /// <summary>The most US dollars a day (UTC) for all processes that share <see cref="State"/>; null for no limit. Not for the sandbox.</summary>
    public decimal? DailyBudget { get; init; }

    /// <summary>Whether prompts are written down with their jobs; else only their hashes are.</summary>
    public bool JournalPrompts { get; init; } = true;

    /// <summary>How long a job usually takes, where that is known better than by the provider's own word; null otherwise.</summary>
    public TimeSpan? UsualDuration { get; init; }

    /// <summary>The full path of a price file of the user's own, laid over the table of the module; null for none.</summary>
    public string? PriceFile { get; init; }

    /// <summary>The clock; delays and timeouts follow it too.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether prompts and the addresses of media may stand in lines for Verbose and Debug.</summary>
    public bool LogPrompts { get; init; }

    /// <summary>The most bytes of one picture.</summary>
    public long LargestPicture { get; init; } = 64L * 1024 * 1024;
}
