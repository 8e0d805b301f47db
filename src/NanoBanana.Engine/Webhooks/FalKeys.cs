using System.Text.Json;
using System.Text.Json.Serialization;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Webhooks;

/// <summary>
/// The public keys that fal signs its deliveries with: fetched without our key, kept for 24 hours at most (fal.ai's page
/// "Webhooks"), in memory and, where there is a state folder, in a file for the processes after this one.
/// </summary>
/// <param name="client">Sends the call.</param>
/// <param name="endpoint">fal's hosts, or what stands in for them.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="file">Where the keys are kept between processes; null for nowhere.</param>
internal sealed class FalKeys(ApiClient client, ProviderEndpoint endpoint, TimeProvider timeProvider, string? file) : IDisposable
{
    private const string OfficialAddress = "https://rest.fal.ai/.well-known/jwks.json";
    private const int MostKeys = 16;
    private const int LongestFile = 64 * 1024;
    private static readonly TimeSpan LongestUse = TimeSpan.FromHours(24);

    /// <summary>Forged deliveries must not make us call fal for each of them.</summary>
    private static readonly TimeSpan ShortestUse = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Uri address = endpoint.Resolve(new Uri(OfficialAddress));
    private KeptKeys? kept;

    /// <summary>The keys as they are known, fetched when they are not, or not any more.</summary>
    /// <exception cref="NBException">ProviderUnavailable: they cannot be had.</exception>
    public async ValueTask<IReadOnlyList<byte[]>> GetAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            kept ??= ReadFile();
            if (kept is null || Age(kept) >= LongestUse) kept = await FetchAsync(cancellationToken).ConfigureAwait(false);
            return kept.Keys;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Fetches the keys again, for a signature that fits none of those known.</summary>
    /// <returns>The keys; null when they were fetched only a moment ago.</returns>
    /// <exception cref="NBException">ProviderUnavailable: they cannot be had.</exception>
    public async ValueTask<IReadOnlyList<byte[]>?> RenewAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (kept is not null && Age(kept) < ShortestUse) return null;
            kept = await FetchAsync(cancellationToken).ConfigureAwait(false);
            return kept.Keys;
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<KeptKeys> FetchAsync(CancellationToken cancellationToken)
    {
        var call = new ApiCall(CallKind.Status, HttpMethod.Get, address) { Keyed = false, AttemptTimeout = TimeSpan.FromSeconds(30) };
        var scope = new CallScope
        {
            Provider = "Fal",
            Endpoint = endpoint,
            Authorize = static _ => { },
            MaximumRetryCount = 3,
            TotalTime = TimeSpan.FromMinutes(2),
        };
        try
        {
            byte[][] keys = await client.SendAsync(call, scope, ReadAnswer, static _ => false, cancellationToken).ConfigureAwait(false);
            var fetched = new KeptKeys(address.AbsoluteUri, timeProvider.GetUtcNow(), keys);
            WriteFile(fetched);
            return fetched;
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.ProviderUnavailable)
        {
            throw new NBException(
                NBErrorId.ProviderUnavailable,
                $"The delivery could not be checked, because the keys that fal signs with cannot be fetched from {address.GetLeftPart(UriPartial.Path)}: {error.Message} Nothing was changed; take the delivery again later, or fetch the result with Wait-NBJob.",
                error)
            { Provider = "Fal", StatusCode = error.StatusCode };
        }
    }

    private static byte[][] ReadAnswer(ApiAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            throw new NBException(NBErrorId.ProviderUnavailable, $"it answered {answer.StatusCode}.") { Provider = "Fal", StatusCode = answer.StatusCode };
        }

        KeySet set = JsonSerializer.Deserialize(answer.Body.Span, FalKeysJson.Default.KeySet) ?? throw new JsonException("the key set is null");
        byte[][] keys = [.. (set.Keys ?? []).OfType<PublicKey>().Where(IsEd25519).Select(key => ReadBase64Url(key.X)).OfType<byte[]>().Take(MostKeys)];
        return keys.Length > 0 ? keys : throw new JsonException("there is no Ed25519 key in it");
    }

    private static bool IsEd25519(PublicKey key) => key is { Type: "OKP", Curve: "Ed25519" };

    private static byte[]? ReadBase64Url(string? text)
    {
        if (text is not { Length: 43 }) return null; // 32 bytes, unpadded (RFC 8037, section 2).
        byte[] key = new byte[Ed25519.KeyLength];
        return Convert.TryFromBase64String(text.Replace('-', '+').Replace('_', '/') + "=", key, out int length) && length == key.Length ? key : null;
    }

    private TimeSpan Age(KeptKeys keys) => timeProvider.GetUtcNow() - keys.FetchedAt;

    /// <summary>A file that cannot be read, or is of another address or another time, is as good as none.</summary>
    private KeptKeys? ReadFile()
    {
        if (file is null) return null;
        try
        {
            var found = new FileInfo(file);
            if (!found.Exists || found.Length > LongestFile) return null;
            KeptKeys? read = JsonSerializer.Deserialize(File.ReadAllBytes(file), FalKeysJson.Default.KeptKeys);
            bool isGood = read is { Address: not null, Keys: { Count: > 0 and <= MostKeys } keys }
                && read.Address == address.AbsoluteUri
                && keys.All(key => key is { Length: Ed25519.KeyLength })
                && Age(read) >= TimeSpan.Zero;
            return isGood ? read : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Keys that cannot be kept are fetched again by the next process: that is all that is lost.</summary>
    private void WriteFile(KeptKeys keys)
    {
        if (file is null) return;
        try
        {
            AtomicFile.CreateFolder(Path.GetDirectoryName(file)!);
            AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(keys, FalKeysJson.Default.KeptKeys));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // See above.
        }
    }
}

/// <summary>A key set (RFC 7517).</summary>
internal sealed record KeySet([property: JsonPropertyName("keys")] IReadOnlyList<PublicKey?>? Keys);

/// <summary>A key (RFC 8037, section 2).</summary>
internal sealed record PublicKey(
    [property: JsonPropertyName("kty")] string? Type, [property: JsonPropertyName("crv")] string? Curve, [property: JsonPropertyName("x")] string? X);

/// <summary>Keys as they lie in the state folder.</summary>
internal sealed record KeptKeys(string Address, DateTimeOffset FetchedAt, IReadOnlyList<byte[]> Keys);

[JsonSerializable(typeof(KeySet))]
[JsonSerializable(typeof(KeptKeys))]
internal sealed partial class FalKeysJson : JsonSerializerContext;
