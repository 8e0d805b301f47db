namespace NanoBanana.Sandbox.Wires.Fal;

/// <summary>fal's addresses, taken apart. An app is owner and name; what follows it is a subpath of the app.</summary>
internal readonly record struct FalRoute(WireCall Call, string App, string Subpath, string? RequestId)
{
    public const string QueueHost = "queue.fal.run";
    public const string RunHost = "fal.run";
    public const string RestHost = "rest.fal.ai";
    public const string PlatformHost = "api.fal.ai";
    public const string MediaHost = "v3.fal.media";

    public static readonly string[] Hosts =
    [
        RunHost, QueueHost, "queue.falrun.com", RestHost, "rest.alpha.fal.ai", PlatformHost, MediaHost, "v3b.fal.media", "v2.fal.media", "fal.media",
    ];

    public static bool IsMedia(string host) => host.EndsWith("fal.media", StringComparison.OrdinalIgnoreCase);

    public static bool IsRest(string host) => host.StartsWith("rest.", StringComparison.OrdinalIgnoreCase);

    public static bool IsQueue(string host) => host.StartsWith("queue.", StringComparison.OrdinalIgnoreCase);

    public static FalRoute Parse(SandboxRequest request)
    {
        if (IsMedia(request.Host))
            return Plain(MediaAction(request));
        if (IsRest(request.Host))
            return Plain(request.Path.StartsWith("/storage/upload/", StringComparison.Ordinal) ? WireAction.UploadTicket : WireAction.Other);
        if (string.Equals(request.Host, PlatformHost, StringComparison.OrdinalIgnoreCase))
            return Plain(WireAction.Other);
        return ParseApp(request);
    }

    private static FalRoute Plain(WireAction action) => new(new WireCall(action), "", "", null);

    private static WireAction MediaAction(SandboxRequest request) => request.Method switch
    {
        "GET" or "HEAD" => WireAction.Download,
        "PUT" or "POST" => WireAction.Upload,
        _ => WireAction.Other,
    };

    private static FalRoute ParseApp(SandboxRequest request)
    {
        var parts = request.Path.Trim('/').Split('/');
        var app = parts.Length > 1 ? parts[0] + "/" + parts[1] : parts[0];
        var requests = Array.IndexOf(parts, "requests");
        var queue = IsQueue(request.Host);
        if (!queue || requests < 2 || requests + 1 >= parts.Length)
        {
            var action = request.Method is "POST" ? queue ? WireAction.Submit : WireAction.Direct : WireAction.Other;
            return new FalRoute(new WireCall(action), app, string.Join('/', parts.Skip(2)), null);
        }

        var id = parts[requests + 1];
        var tail = string.Join('/', parts.Skip(requests + 2));
        var wanted = (request.Method, tail) switch
        {
            ("GET", "") => WireAction.Result,
            ("GET", "status") => WireAction.Status,
            ("GET", "status/stream") => WireAction.Stream,
            ("PUT", "cancel") => WireAction.Cancel,
            _ => WireAction.Other,
        };
        return new FalRoute(new WireCall(wanted, id), app, string.Join('/', parts.Skip(2).Take(requests - 2)), id);
    }
}
