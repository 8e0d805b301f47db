namespace NanoBanana.Engine.Providers;

/// <summary>The words that providers have for a job's state, in one table: compared without case, underscores and blanks.</summary>
internal static class RemoteStates
{
    /// <summary>What a word means; a job in a state that nobody documents is still worked on. Null where there is no word.</summary>
    public static RemoteState? Read(string? word) => Plain(word) switch
    {
        "" => null,
        "inqueue" or "queued" or "pending" or "notstarted" or "submitted" or "waiting" or "created" or "scheduled" or "starting" => RemoteState.Queued,
        "completed" or "complete" or "finished" or "succeeded" or "success" or "successful" or "done" or "ok" or "ready" or "completedwitherrors" or "partiallycompleted" => RemoteState.Completed,
        "failed" or "failure" or "fail" or "error" or "errored" or "timeout" or "timedout" or "expired" or "rejected" or "blocked" or "denied"
            or "refused" or "moderated" or "contentmoderated" or "nsfw" or "invalid" or "terminated" or "killed" => RemoteState.Failed,
        "cancelled" or "canceled" or "aborted" => RemoteState.Cancelled,
        _ => RemoteState.Running,
    };

    private static string Plain(string? word) =>
        string.Concat((word ?? string.Empty).Where(static c => char.IsAsciiLetter(c)).Select(char.ToLowerInvariant));
}
