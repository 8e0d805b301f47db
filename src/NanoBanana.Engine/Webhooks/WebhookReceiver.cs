using System.Text.Json;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// The door for what providers send to -CallbackUri: says who sent it, checks the proof where the provider documents one,
/// finds the job, and writes down what is new. Also a proved delivery speaks only for a job of the journal: fal signs for
/// every customer it has.
/// </summary>
internal sealed class WebhookReceiver
{
    /// <summary>The most bytes of a delivery.</summary>
    public const int LargestBody = AnswerReader.LargestBody;

    private readonly ProviderRegistry registry;
    private readonly IWebhookJobs jobs;
    private readonly TimeProvider timeProvider;
    private readonly Redactor redactor;
    private readonly IWebhookSignature[] signatures;

    /// <summary>Makes a receiver.</summary>
    /// <param name="registry">The providers.</param>
    /// <param name="jobs">The journal.</param>
    /// <param name="falKeys">fal's public keys.</param>
    /// <param name="findKey">Finds a provider's API key, for signatures that are made with it; what it gives is disposed of.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="redactor">Takes secrets out of what is written down.</param>
    public WebhookReceiver(
        ProviderRegistry registry, IWebhookJobs jobs, FalKeys falKeys, Func<string, SecretKey> findKey, TimeProvider timeProvider, Redactor redactor)
    {
        this.registry = registry;
        this.jobs = jobs;
        this.timeProvider = timeProvider;
        this.redactor = redactor;
        signatures =
        [
            new FalSignature(falKeys, timeProvider),
            new ApiframeSignature(() => findKey("Apiframe"), redactor),
        ];
    }

    /// <summary>Takes a delivery.</summary>
    /// <param name="delivery">What arrived.</param>
    /// <param name="cancellationToken">Ends the checking and the writing.</param>
    /// <returns>The job as it stands now, and what is to be thought of the delivery.</returns>
    /// <exception cref="NBException">
    /// InvalidRequest: it is no delivery of a provider that documents any. AccessDenied: it is not proved to be the provider's.
    /// JobNotFound: the journal has no such job. CredentialNotFound, ProviderUnavailable: the proof cannot be checked now.
    /// </exception>
    public async Task<WebhookReceipt> ReceiveAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        if (delivery.Body.Length > LargestBody) throw Invalid($"is longer than {LargestBody:N0} bytes");
        IImageProvider provider = Sender(delivery);
        string name = provider.Capabilities.Provider;
        IWebhookSignature? signature = Array.Find(signatures, known => known.Provider == name);
        if (signature is not null) await signature.VerifyAsync(delivery, cancellationToken).ConfigureAwait(false);

        WebhookEvent told = Read(provider, delivery.Body) with { IsVerified = signature is not null };
        WebhookChange done = await jobs.ChangeAsync(name, told.RemoteId, job => JobUpdate.Apply(job, told, timeProvider.GetUtcNow(), redactor), cancellationToken).ConfigureAwait(false)
            ?? throw Unknown(told);
        return new WebhookReceipt(done.Job, told.IsVerified, IsDuplicate: !done.IsWritten && !IsHint(told, done));
    }

    /// <summary>An end that nothing proves is never written down: it stays news until the provider has been asked.</summary>
    private static bool IsHint(WebhookEvent told, WebhookChange done) =>
        !told.IsVerified && told.State is WebhookState.Completed or WebhookState.Failed && done is { IsBusy: false, Job.HasEnded: false };

    /// <summary>Who sent it: as the caller says, as its signature claims, or as its body looks.</summary>
    private IImageProvider Sender(WebhookDelivery delivery)
    {
        if (delivery.Provider is { } named) return registry.Find(named);
        if (Array.Find(signatures, signature => signature.IsClaimedBy(delivery)) is { } claimed) return registry.Find(claimed.Provider);
        try
        {
            using JsonDocument body = JsonDocument.Parse(delivery.Body);
            if (body.RootElement.ValueKind == JsonValueKind.Object && registry.All.FirstOrDefault(provider => provider.SendsWebhook(body.RootElement)) is { } known)
            {
                return known;
            }
        }
        catch (JsonException exception)
        {
            throw Invalid("is no JSON", exception);
        }

        throw Invalid("looks like none of a known provider; name the sender with -Provider if you know it");
    }

    private static WebhookEvent Read(IImageProvider provider, ReadOnlyMemory<byte> body)
    {
        try
        {
            return provider.ReadWebhook(body);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw Invalid($"is not what {provider.Capabilities.DisplayName} documents", exception);
        }
    }

    private static NBException Invalid(string why, Exception? inner = null) =>
        new(NBErrorId.InvalidRequest, $"The delivery {why}. Nothing was changed.", inner);

    private static NBException Unknown(WebhookEvent told) => new(
        NBErrorId.JobNotFound,
        $"The journal has no job that {told.Provider} knows as '{told.RemoteId}'. It may have been ordered on another machine, or with another NB_STATE_PATH; nothing was changed.")
    { Provider = told.Provider };
}

/// <summary>What became of a delivery.</summary>
/// <param name="Job">The job as the journal has it now.</param>
/// <param name="IsVerified">Whether a signature proves who sent it.</param>
/// <param name="IsDuplicate">
/// Whether nothing was written and nothing is to be done: the journal knew as much already, or somebody works on the job and
/// hears the same from the provider.
/// </param>
internal sealed record WebhookReceipt(JobRecord Job, bool IsVerified, bool IsDuplicate)
{
    /// <summary>The job, as users see it.</summary>
    public NBJob ToPublic() => Job.ToPublic(IsVerified, IsDuplicate);
}
