using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>The transport alone, with a stub at the other end.</summary>
internal sealed class ApiRig : IDisposable
{
    private readonly ResiliencePipelines pipelines;

    public ApiRig(StubHandler stub, ImpatientTimeProvider? clock = null, long largestPicture = 1024 * 1024)
    {
        Stub = stub;
        Clock = clock ?? new ImpatientTimeProvider();
        pipelines = new ResiliencePipelines(Clock);
        Client = new ApiClient(stub, stub, pipelines, Clock, largestPicture);
        Downloader = new Downloader(stub, pipelines, Clock, largestPicture);
    }

    public StubHandler Stub { get; }

    public ImpatientTimeProvider Clock { get; }

    public ApiClient Client { get; }

    public Downloader Downloader { get; }

    public static ApiCall Call(CallKind kind, string uri = "https://queue.fal.run/fal-ai/nano-banana-2") =>
        new(kind, kind is CallKind.Submit or CallKind.SubmitIdempotent ? HttpMethod.Post : HttpMethod.Get, new Uri(uri))
        {
            Content = kind is CallKind.Submit or CallKind.SubmitIdempotent ? () => new StringContent("{\"prompt\":\"x\"}") : null,
        };

    public static CallScope Scope(int maximumRetryCount = 5, Func<int, string>? picturePath = null) => new()
    {
        Provider = "Fal",
        Endpoint = new ProviderEndpoint("Fal", ["queue.fal.run", "fal.run"], baseUri: null),
        Authorize = static headers => headers.TryAddWithoutValidation("Authorization", "Key " + FalStub.Key),
        MaximumRetryCount = maximumRetryCount,
        PicturePath = picturePath,
    };

    /// <summary>Sends a call; an answer that is no 2xx becomes a RateLimited error that names its status.</summary>
    public Task<string> SendAsync(ApiCall call, int maximumRetryCount = 5, CancellationToken cancellationToken = default) =>
        Client.SendAsync(call, Scope(maximumRetryCount), Read, static _ => false, cancellationToken);

    public void Dispose()
    {
        Client.Dispose();
        Downloader.Dispose();
    }

    private static string Read(ApiAnswer answer) => answer.IsSuccess
        ? System.Text.Encoding.UTF8.GetString(answer.Body.Span)
        : throw new NBException(NBErrorId.RateLimited, "refused") { StatusCode = answer.StatusCode };
}
