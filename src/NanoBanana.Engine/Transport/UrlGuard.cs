using System.Net;
using System.Net.Sockets;

namespace NanoBanana.Engine.Transport;

/// <summary>
/// Which addresses a picture may be fetched from: https, public networks only; plain http to loopback only for a sandbox. What a
/// name resolves to is the matter of <see cref="GuardedConnector"/>.
/// </summary>
internal static class UrlGuard
{
    /// <summary>Names that no public resolver knows (RFC 6761, 6762, 8375; ICANN's .internal).</summary>
    private static readonly string[] LocalNames = [".localhost", ".local", ".internal", ".home.arpa", ".localdomain"];

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
        if (uri.Host.Any(static c => !char.IsAscii(c) && char.IsNumber(c))) throw Unsafe(uri, "is written with other digits than 0 to 9");
        string host = uri.IdnHost.Trim('[', ']').TrimEnd('.'); // A name with the root's dot is the same name.
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            if (!IsPublic(address)) throw Unsafe(uri, "points into a private network");
            return;
        }

        bool isLocal = !host.Contains('.', StringComparison.Ordinal) || Array.Exists(LocalNames, name => host.EndsWith(name, StringComparison.OrdinalIgnoreCase));
        if (isLocal) throw Unsafe(uri, "is a name of a private network");
    }

    /// <summary>Whether an address is of the public internet (IANA's special-purpose registries).</summary>
    /// <param name="address">The address.</param>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? IsPublicV4(address.GetAddressBytes()) : IsPublicV6(address);
    }

    /// <summary>The refusal of a host.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="why">What is wrong with it.</param>
    public static NBException Unsafe(string host, string why) => new(NBErrorId.UnsafeUrl, $"The address '{host}' {why}; it was not followed.");

    private static NBException Unsafe(Uri uri, string why) => Unsafe(Shown(uri), why);

    /// <summary>As much as helps: neither path nor query, for they may be signed.</summary>
    private static string Shown(Uri uri)
    {
        if (uri.IsAbsoluteUri) return uri.Authority.Length > 0 ? $"{uri.Scheme}://{uri.Authority}" : $"{uri.Scheme}:";
        return uri.OriginalString.Length <= 60 ? uri.OriginalString : string.Concat(uri.OriginalString.AsSpan(0, 57), "...");
    }

    private static bool IsPublicV4(ReadOnlySpan<byte> b) => b switch
    {
        [0 or 10 or 127, ..] => false,
        [100, >= 64 and <= 127, ..] => false,
        [169, 254, ..] => false,
        [168, 63, 129, 16] => false, // Azure's own address inside every virtual machine, like 169.254.169.254.
        [172, >= 16 and <= 31, ..] => false,
        [192, 168, ..] => false,
        [192, 0, 0 or 2, _] => false,
        [192, 88, 99, _] => false, // 6to4 relays, given up by RFC 7526.
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
        if (b[0] == 0x20 && b[1] == 0x02) return IsPublicV4(b.AsSpan(2, 4)); // 6to4 carries an IPv4 address.
        bool isNat64 = b.AsSpan(0, 12).SequenceEqual((ReadOnlySpan<byte>)[0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]);
        bool isIsatap = (b[8] & 0xFD) == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
        if (isNat64 || (isIsatap && !IsPublicV4(b.AsSpan(12, 4)))) return IsPublicV4(b.AsSpan(12, 4));
        return b switch
        {
            [0x20, 0x01, < 0x02, ..] => false, // 2001::/23: Teredo, benchmarking and their like.
            [0x20, 0x01, 0x0D, 0xB8, ..] => false,
            [0x3F, 0xFF, < 0x10, ..] => false,
            _ => (b[0] & 0xE0) == 0x20,
        };
    }
}
