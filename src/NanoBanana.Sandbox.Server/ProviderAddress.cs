namespace NanoBanana.Sandbox.Server;

/// <summary>Takes a path of the server apart: <c>/{provider}/{host}/{path}</c>, or without the host for the provider's usual one.</summary>
internal readonly record struct ProviderAddress(SimulatedProvider Provider, string Host, string Path)
{
    public static ProviderAddress? Parse(string path)
    {
        var (prefix, rest) = Split(path);
        foreach (var provider in Simulator.Providers)
        {
            if (!string.Equals(provider.PathPrefix, prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            var (host, tail) = Split(rest);
            return provider.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase)
                ? new ProviderAddress(provider, host, tail)
                : new ProviderAddress(provider, provider.DefaultHost, rest);
        }

        return null;
    }

    private static (string First, string Tail) Split(string path)
    {
        var slash = path.IndexOf('/', 1);
        return path.Length == 0 ? ("", "/") : slash < 0 ? (path[1..], "/") : (path[1..slash], path[slash..]);
    }
}
