using System.Net.Sockets;
using NanoBanana.Engine.Transport;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NanoBanana.Engine.Tests.Transport;

/// <summary>The table "Paying once" of the design, row by row.</summary>
public sealed class RetryRulesTests
{
    private const string Reads = "SubmitIdempotent Status Result Upload Download";

    /// <summary>What happened to an attempt, and the kinds of call that are repeated after it.</summary>
    private static readonly Dictionary<string, string> Repeated = new(StringComparer.Ordinal)
    {
        ["429"] = "Submit " + Reads,
        ["429, Retry-After"] = "Submit " + Reads,
        ["500"] = Reads,
        ["502"] = Reads,
        ["503"] = Reads,
        ["503, Retry-After"] = "Submit " + Reads,
        ["504"] = Reads,
        ["408"] = Reads,
        ["400"] = string.Empty,
        ["401"] = string.Empty,
        ["403"] = string.Empty,
        ["404"] = string.Empty,
        ["409"] = string.Empty,
        ["422"] = string.Empty,
        ["name resolution"] = "Submit Cancel " + Reads,
        ["connect"] = "Submit Cancel " + Reads,
        ["TLS"] = "Submit Cancel " + Reads,
        ["circuit open"] = "Submit Cancel " + Reads,
        ["reset after sending"] = Reads,
        ["connection error after sending"] = Reads,
        ["socket error after sending"] = Reads,
        ["attempt timeout"] = Reads,
        ["attempt timeout before sending"] = Reads,
        ["broken answer"] = Reads,
        ["a fault of our own"] = string.Empty,
    };

    public static TheoryData<CallKind, string, bool> Table()
    {
        var rows = new TheoryData<CallKind, string, bool>();
        foreach ((string outcome, string kinds) in Repeated)
        {
            string[] repeated = kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (CallKind kind in Enum.GetValues<CallKind>()) rows.Add(kind, outcome, repeated.Contains(kind.ToString(), StringComparer.Ordinal));
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void What_may_be_repeated_is_decided_by_the_call(CallKind kind, string outcome, bool expected)
    {
        (ApiAnswer? answer, Exception? exception, bool bodyStarted) = Happened(outcome);

        Assert.Equal(expected, RetryRules.MayRepeat(kind, answer, exception, bodyStarted));
    }

    private static (ApiAnswer? Answer, Exception? Exception, bool BodyStarted) Happened(string outcome) => outcome switch
    {
        "name resolution" => (null, new HttpRequestException(HttpRequestError.NameResolutionError), false),
        "connect" => (null, new HttpRequestException(HttpRequestError.ConnectionError), false),
        "TLS" => (null, new HttpRequestException(HttpRequestError.SecureConnectionError), false),
        "circuit open" => (null, new BrokenCircuitException(), true),
        "reset after sending" => (null, new HttpRequestException(HttpRequestError.ResponseEnded), true),
        "connection error after sending" => (null, new HttpRequestException(HttpRequestError.ConnectionError), true),
        "socket error after sending" => (null, new SocketException(10054), true),
        "attempt timeout" => (null, new TimeoutRejectedException(), true),
        "attempt timeout before sending" => (null, new TimeoutRejectedException(), false),
        "broken answer" => (null, new BrokenAnswerException("half of it"), true),
        "a fault of our own" => (null, new InvalidOperationException(), false),
        _ => (Answered(outcome), null, true),
    };

    private static ApiAnswer Answered(string outcome) => new()
    {
        StatusCode = int.Parse(outcome.AsSpan(0, 3)),
        Body = ReadOnlyMemory<byte>.Empty,
        Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase),
        RetryAfter = outcome.EndsWith("Retry-After", StringComparison.Ordinal) ? TimeSpan.FromSeconds(3) : null,
    };
}
