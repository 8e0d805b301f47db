using System.Globalization;
using System.Text;
using NanoBanana.Sandbox.Wires;

namespace NanoBanana.Sandbox.Faults;

/// <summary>Puts a fault between a request and a provider's wire.</summary>
internal static class FaultInjector
{
    private const int ExtraLength = 1000;
    private static readonly byte[] Page =
        "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"u8.ToArray();

    public static async ValueTask<SandboxResponse> AnswerAsync(
        IProviderWire wire, Exchange exchange, Strike strike, CancellationToken cancellationToken)
    {
        if (strike.Delay > TimeSpan.Zero)
            await Task.Delay(strike.Delay, exchange.Simulator.Clock, cancellationToken).ConfigureAwait(false);
        if (strike.Fault is not { } fault)
            return await wire.AnswerAsync(exchange, cancellationToken).ConfigureAwait(false);
        if (fault.Kind == FaultKind.Refused)
            return SandboxResponse.Refused;

        if (Untaken(wire, exchange, fault) is { } refusal)
        {
            // A server reads a request before it refuses it; a client must get as far as that.
            await exchange.Request.Body.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return refusal;
        }

        exchange.Doom = fault.Kind switch
        {
            FaultKind.Rejected => JobDoom.Rejected,
            FaultKind.Failed => JobDoom.Failed,
            FaultKind.Empty => JobDoom.Empty,
            _ => JobDoom.None,
        };
        var answer = fault.Kind == FaultKind.Replay
            ? await AnswerTwiceAsync(wire, exchange, cancellationToken).ConfigureAwait(false)
            : await wire.AnswerAsync(exchange, cancellationToken).ConfigureAwait(false);
        return fault.Kind == FaultKind.Taken
            ? wire.Refuse(exchange, new(RefusalCause.Status, fault.Status))
            : await SpoilAsync(answer, fault, exchange.Simulator.Clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A proxy on the way repeated the request: the provider sees it twice, the client only the second answer.</summary>
    private static async ValueTask<SandboxResponse> AnswerTwiceAsync(IProviderWire wire, Exchange exchange, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(exchange.Request.Body, cancellationToken).ConfigureAwait(false);
        if (body is null)
            return wire.Refuse(exchange, new(RefusalCause.Status, 413));
        _ = await wire.AnswerAsync(exchange.WithBody(new MemoryStream(body, writable: false)), cancellationToken).ConfigureAwait(false);
        return await wire.AnswerAsync(exchange.WithBody(new MemoryStream(body, writable: false)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The answers that stand before the provider: the request goes no further.</summary>
    private static SandboxResponse? Untaken(IProviderWire wire, Exchange exchange, FaultRule fault) => fault.Kind switch
    {
        FaultKind.Status => WithRetryAfter(wire.Refuse(exchange, new(RefusalCause.Status, fault.Status)), fault, exchange),
        FaultKind.BodyCode => wire.Refuse(exchange, new(RefusalCause.Status, fault.Status)).WithStatus(200),
        FaultKind.NoStream => wire.Refuse(exchange, new(RefusalCause.Status, fault.Status)),
        FaultKind.Expired => wire.Refuse(exchange, new(RefusalCause.Expired, fault.Status)),
        FaultKind.Credits => wire.Refuse(exchange, new(RefusalCause.Credits, fault.Status > 0 ? fault.Status : wire.CreditsStatus)),
        FaultKind.Unauthorized => wire.Refuse(exchange, new(RefusalCause.Unauthorized, fault.Status)),
        FaultKind.Conflict => wire.Refuse(exchange, new(RefusalCause.Conflict, 409)),
        FaultKind.Redirect => new SandboxResponse(fault.Status, ResponseBody.Empty).With("Location", fault.Location!),
        FaultKind.Html => new SandboxResponse(200, ResponseBody.FromBytes(Page), "text/html; charset=utf-8"),
        FaultKind.WrongType => new SandboxResponse(200, ResponseBody.FromBytes(Page), "image/png"),
        _ => null,
    };

    private static SandboxResponse WithRetryAfter(SandboxResponse answer, FaultRule fault, Exchange exchange)
    {
        if (fault.RetryAfter is not { } wait)
            return answer;
        if (!fault.RetryAfterAsDate)
            return answer.With("Retry-After", ((long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        var now = exchange.Simulator.Clock.GetUtcNow() + fault.ClockSkew;
        if (fault.ClockSkew != TimeSpan.Zero)
            answer.With("Date", now.ToString("R", CultureInfo.InvariantCulture));
        return answer.With("Retry-After", (now + wait).ToString("R", CultureInfo.InvariantCulture));
    }

    private static async ValueTask<SandboxResponse> SpoilAsync(
        SandboxResponse answer, FaultRule fault, TimeProvider clock, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case FaultKind.Lost:
                return SandboxResponse.Lost;
            case FaultKind.Reset:
                return Reset(answer);
            case FaultKind.StreamBreak:
                return answer.WithBody(Breaking(answer.Body, limit: null));
            case FaultKind.Truncate:
                var half = await ReadAsync(answer.Body, cancellationToken).ConfigureAwait(false);
                return answer.WithBody(ResponseBody.FromBytes(half[..(half.Length / 2)]));
            case FaultKind.Malformed:
                var whole = await ReadAsync(answer.Body, cancellationToken).ConfigureAwait(false);
                var broken = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(whole.Span).TrimEnd('}', ']', '"', ' ', '\n') + ",\"");
                return answer.WithBody(ResponseBody.FromBytes(broken));
            case FaultKind.BadLength:
                return await MislabelAsync(answer, fault.Length, cancellationToken).ConfigureAwait(false);
            case FaultKind.Drip:
                return answer.WithBody(Dripping(answer.Body, fault.Delay, clock), answer.ContentLength);
            case FaultKind.Stall:
                return answer.WithBody(Stalling(answer.Body), answer.ContentLength);
            default:
                return answer;
        }
    }

    private static SandboxResponse Reset(SandboxResponse answer) =>
        answer.WithBody(Breaking(answer.Body, answer.Body.Length / 2), answer.ContentLength);

    /// <summary>Announces another length than the body has. A client reads no further than a length that is too small.</summary>
    private static async ValueTask<SandboxResponse> MislabelAsync(SandboxResponse answer, int? length, CancellationToken cancellationToken)
    {
        if (answer.Body.Length is null)
            return answer.WithBody(Breaking(answer.Body, length is > 0 ? length : ExtraLength), length is > 0 ? length : ExtraLength);
        var body = await ReadAsync(answer.Body, cancellationToken).ConfigureAwait(false);
        var announced = length switch
        {
            null => body.Length + ExtraLength,
            < 0 => Math.Max(0, body.Length + length.Value),
            _ => length.Value,
        };
        return announced <= body.Length
            ? answer.WithBody(ResponseBody.FromBytes(body[..announced]))
            : answer.WithBody(Breaking(ResponseBody.FromBytes(body), body.Length), announced);
    }

    private static ResponseBody Dripping(ResponseBody body, TimeSpan pause, TimeProvider clock) => ResponseBody.FromWriter(
        (destination, cancel) => body.WriteToAsync(new DrippingStream(destination, body.Length, pause, clock), cancel), body.Length);

    /// <summary>Half a body (or its first piece), then nothing more until the client hangs up.</summary>
    private static ResponseBody Stalling(ResponseBody body) => ResponseBody.FromWriter(async (destination, cancel) =>
    {
        try
        {
            await body.WriteToAsync(new BreakingStream(destination, body.Length / 2), cancel).ConfigureAwait(false);
        }
        catch (ConnectionDroppedException)
        {
            // That was the half.
        }

        await destination.FlushAsync(cancel).ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ConfigureAwait(false);
    });

    /// <summary>A body that drops the connection after so many bytes, or (null) after its first piece.</summary>
    private static ResponseBody Breaking(ResponseBody body, long? limit) => ResponseBody.FromWriter(async (destination, cancel) =>
    {
        var breaking = new BreakingStream(destination, limit);
        await body.WriteToAsync(breaking, cancel).ConfigureAwait(false);
        await destination.FlushAsync(cancel).ConfigureAwait(false);
        throw new ConnectionDroppedException();
    });

    private static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(ResponseBody body, CancellationToken cancellationToken)
    {
        if (body.Bytes is { } bytes)
            return bytes;
        using var buffer = new MemoryStream();
        await body.WriteToAsync(buffer, cancellationToken).ConfigureAwait(false);
        return buffer.ToArray();
    }
}
