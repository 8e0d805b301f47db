using System.Text.Json;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Webhooks;

/// <summary>What a delivery says of a job.</summary>
internal enum WebhookState
{
    /// <summary>It waits in the provider's queue.</summary>
    Queued,

    /// <summary>The provider works on it.</summary>
    Progress,

    /// <summary>Its pictures exist at the provider.</summary>
    Completed,

    /// <summary>It failed, was cancelled, or brought no picture; the error says which.</summary>
    Failed,
}

/// <summary>A delivery in the one form that the five wires share.</summary>
internal sealed record WebhookEvent
{
    private const int LongestId = 200;
    private const int MostOutputs = 64;

    public required string Provider { get; init; }

    /// <summary>The provider's id of the job.</summary>
    public required string RemoteId { get; init; }

    public required WebhookState State { get; init; }

    /// <summary>
    /// Where the pictures are; empty unless completed, and when the delivery does not say. Nobody has looked at them:
    /// whoever fetches one goes through UrlGuard, as the downloader does.
    /// </summary>
    public IReadOnlyList<Uri> Outputs { get; init; } = [];

    /// <summary>Why it failed; null unless it did.</summary>
    public NBException? Error { get; init; }

    /// <summary>What the provider took, in its own credits; null when it does not say.</summary>
    public decimal? Credits { get; init; }

    /// <summary>Whether a signature proves who sent it.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Makes an event of what a provider's own reader of states says.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="remoteId">The provider's id of the job.</param>
    /// <param name="read">Reads the state; an NBException of it is the job's own error.</param>
    /// <exception cref="JsonException">There is no such id, or there are more pictures than anybody orders.</exception>
    public static WebhookEvent Of(string provider, string? remoteId, Func<RemoteStatus> read)
    {
        if (remoteId is not { Length: > 0 and <= LongestId } || remoteId.Any(char.IsControl)) throw new JsonException("the job's id is missing or broken");
        RemoteStatus status = ReadSettled(read);
        Uri[] outputs = [.. (status.Result?.Outputs ?? []).Select(output => output.Uri).OfType<Uri>().Where(IsAddress).Take(MostOutputs + 1)];
        if (outputs.Length > MostOutputs) throw new JsonException("there are too many pictures");
        WebhookState state = status switch
        {
            { State: RemoteState.Queued } => WebhookState.Queued,
            { State: RemoteState.Running } => WebhookState.Progress,
            { State: RemoteState.Completed, Error: null } => WebhookState.Completed,
            _ => WebhookState.Failed,
        };
        return new WebhookEvent
        {
            Provider = provider,
            RemoteId = remoteId,
            State = state,
            Outputs = state == WebhookState.Completed ? outputs : [],
            Error = state == WebhookState.Failed ? status.Error ?? Unexplained(provider, status.State) : null,
            Credits = status.Result?.Credits,
        };
    }

    /// <summary>A job that ended well without a picture, or whose output has expired, is an error to the readers of states.</summary>
    private static RemoteStatus ReadSettled(Func<RemoteStatus> read)
    {
        try
        {
            return read();
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.InvalidImageContent)
        {
            throw new JsonException(error.Message, error); // Images that cannot be found in the delivery may be found by asking.
        }
        catch (NBException error)
        {
            return new RemoteStatus { State = RemoteState.Failed, Error = error };
        }
    }

    /// <summary>A picture inside the delivery is no address; whoever waits for the job asks the provider for it.</summary>
    private static bool IsAddress(Uri uri) => uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp;

    private static NBException Unexplained(string provider, RemoteState state) => state == RemoteState.Cancelled
        ? new NBException(NBErrorId.JobCancelled, $"{provider}: the job was cancelled.") { Provider = provider }
        : new NBException(NBErrorId.ProviderUnavailable, $"{provider}: the job failed and no reason was given.") { Provider = provider };
}
