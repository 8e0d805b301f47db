namespace NanoBanana.Sandbox.Wires;

/// <summary>What a request wants of a provider, in words common to all of them.</summary>
public enum WireAction
{
    /// <summary>Anything that is none of the rest: prices, histories, tokens.</summary>
    Other,

    /// <summary>A new job, to be waited for elsewhere.</summary>
    Submit,

    /// <summary>One look at a job.</summary>
    Status,

    /// <summary>A stream of a job's states.</summary>
    Stream,

    /// <summary>A finished job's output.</summary>
    Result,

    /// <summary>A picture's bytes.</summary>
    Download,

    /// <summary>The first half of an upload: asking where to put a file.</summary>
    UploadTicket,

    /// <summary>A file's bytes arriving.</summary>
    Upload,

    /// <summary>A wish to stop a job.</summary>
    Cancel,

    /// <summary>A new job whose answer is its output.</summary>
    Direct,
}

/// <summary>A request understood: what it wants, and of which job.</summary>
internal readonly record struct WireCall(WireAction Action, string? JobId = null);
