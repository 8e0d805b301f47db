namespace NanoBanana.Engine.Jobs;

/// <summary>How jobs of the journal are carried on.</summary>
public sealed record ResumeOptions
{
    /// <summary>How far.</summary>
    public required ResumeGoal Goal { get; init; }

    /// <summary>Whether to wait for jobs that have not ended, and for those that another process works on.</summary>
    public bool Waits { get; init; }

    /// <summary>Whether pictures that were received before are fetched once more.</summary>
    public bool Again { get; init; }

    /// <summary>The folder for the pictures, a full path; null for the one that the job was told.</summary>
    public string? Directory { get; init; }

    /// <summary>Whether nothing may be ordered and nobody is waited for.</summary>
    internal bool LooksOnly => Goal is ResumeGoal.Look or ResumeGoal.Cancel;
}

/// <summary>How far a job is carried on.</summary>
public enum ResumeGoal
{
    /// <summary>One look at how it stands.</summary>
    Look,

    /// <summary>The provider is asked to cancel it; then one look. Only for a job that a provider has taken.</summary>
    Cancel,

    /// <summary>Until its pictures exist at the provider, or it failed.</summary>
    Wait,

    /// <summary>Until its pictures are here.</summary>
    Receive,
}
