namespace NanoBanana.Sandbox.Wires;

/// <summary>Keys of requests. The simulator takes any but none, an empty one and the word <c>invalid</c>.</summary>
internal static class BearerKey
{
    private const string Scheme = "Bearer ";

    /// <summary>The key of <c>Authorization: Bearer</c>; null without a good one.</summary>
    public static string? Of(SandboxRequest request)
    {
        var authorization = request.Header("Authorization");
        return authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true ? Good(authorization[Scheme.Length..]) : null;
    }

    public static string? Good(string? key)
    {
        key = key?.Trim();
        return string.IsNullOrEmpty(key) || string.Equals(key, "invalid", StringComparison.Ordinal) ? null : key;
    }
}
