using System.Net;
using System.Net.Sockets;

namespace NanoBanana.Engine.Transport;

/// <summary>Which addresses a picture may be fetched from: https, public networks only; plain http to loopback only for a sandbox.</summary>
internal static class UrlGuard
{
    /// <summary>Refuses an address by its form.</summary>
    /// <param name="uri">The address.</param>
    /// <param name="allowLoopback">Whether a sandbox on loopback is spoken to.</param>
    /// <exception cref="NBException">UnsafeUrl.</exception>
    public static void Check(Uri uri, bool allowLoopback)
    {
        if (!uri.IsAbsoluteUri) throw Unsafe(uri, "is not absolute");
        if (uri.UserInfo.Length > 0) throw Unsafe(uri, "holds a user name");
        if (allowLoopback && uri.IsLoopback && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)) return;
        if (uri.Scheme != Uri.UriSchemeHttps) throw Unsafe(uri, "is not https");
        if (uri.IsLoopback) throw Unsafe(uri, "points at this machine");
        if (IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? address) && !IsPublic(address)) throw Unsafe(uri, "points into a private network");
    }

    /// <summary>Connects only after the name was resolved to a public address; the address checked is the address used.</summary>
    /// <param name="context">What SocketsHttpHandler wants to connect to.</param>
    /// <param name="allowLoopback">Whether a sandbox on loopback is spoken to.</param>
    /// <param name="cancellationToken">Ends the connecting.</param>
    /// <returns>The connected stream.</returns>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, bool allowLoopback, CancellationToken cancellationToken)
    {
        Uri target = context.InitialRequestMessage.RequestUri!;
        bool isProxy = !string.Equals(target.IdnHost, context.DnsEndPoint.Host, StringComparison.OrdinalIgnoreCase);
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken).ConfigureAwait(false);
        IPAddress[] allowed = isProxy
            ? addresses
            : Array.FindAll(addresses, address => IsPublic(address) || (allowLoopback && target.IsLoopback && IPAddress.IsLoopback(address)));
        if (allowed.Length == 0) throw Unsafe(target, "leads into a private network");

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an address is of the public internet (IANA's special-purpose registries).</summary>
    /// <param name="address">The address.</param>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? IsPublicV4(address.GetAddressBytes()) : IsPublicV6(address);
    }

    private static bool IsPublicV4(byte[] b) => b switch
    {
        [0 or 10 or 127, ..] => false,
        [100, >= 64 and <= 127, ..] => false,
        [169, 254, ..] => false,
        [172, >= 16 and <= 31, ..] => false,
        [192, 168, ..] => false,
        [192, 0, 0 or 2, _] => false,
        [198, 18 or 19, ..] => false,
        [198, 51, 100, _] => false,
        [203, 0, 113, _] => false,
        [>= 224, ..] => false,
        _ => true,
    };

    private static bool IsPublicV6(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any)) return false;
        if (address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6Multicast || address.IsIPv6UniqueLocal) return false;
        byte[] b = address.GetAddressBytes();
        if (b[0] == 0x20 && b[1] == 0x02) return IsPublicV4(b[2..6]); // 6to4 carries an IPv4 address.
        bool isNat64 = b.AsSpan(0, 12).SequenceEqual((ReadOnlySpan<byte>)[0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]);
        if (isNat64) return IsPublicV4(b[12..16]);
        return b switch
        {
            [0x20, 0x01, < 0x02, ..] => false, // 2001::/23: Teredo, benchmarking and their like.
            [0x20, 0x01, 0x0D, 0xB8, ..] => false,
            [0x3F, 0xFF, < 0x10, ..] => false,
            _ => (b[0] & 0xE0) == 0x20,
        };
    }

    private static NBException Unsafe(Uri uri, string why) => new(
        NBErrorId.UnsafeUrl,
        $"The address '{(uri.IsAbsoluteUri ? $"{uri.Scheme}://{uri.Authority}" : uri.OriginalString)}' {why}; it was not followed.");
}
