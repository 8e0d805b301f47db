namespace NanoBanana.Sandbox.Faults;

/// <summary>
/// What goes wrong, as a written list (<c>NB_SANDBOX_FAULTS</c>, <c>--faults</c>). Items are separated by commas or
/// semicolons; each is <c>where:what[=value][*count][@n][%chance]</c>.
/// <para>where: <c>submit status stream result download upload cancel direct other any</c>; other is all that has no word of
/// its own: prices, histories, balances. Where a look at a finished job brings
/// its output, such a look is both <c>status</c> and <c>result</c>.</para>
/// <para>count: how often it strikes, 1 when not written; <c>*</c> alone means always. <c>@n</c>: the first n-1
/// matching requests pass. Several items for one place strike one after the other; every <c>slow</c> adds up.</para>
/// <para>%chance: instead of by count, it strikes each matching request with this chance in percent, such as <c>2</c> or
/// <c>0.5</c>; a count then says how many requests in a row (<c>any:429=1*20%0.5</c> is a storm of refusals now and then).
/// <c>seed=n</c> picks the draws. A draw depends on nothing but the seed, the item, the provider and the number of the
/// request among those that match: runs with one seed strike the same numbers, in whatever order the jobs come.
/// <c>storm=n</c> is <c>seed=n</c> with <see cref="StormText"/>.</para>
/// <para>what, of the answer:</para>
/// <list type="bullet">
/// <item><c>429</c>, <c>429=2</c> (Retry-After in seconds), <c>429=date+2</c> (Retry-After as a date),
/// <c>429=date+2~-3600</c> (by a clock that is an hour behind; its Date header says so), <c>503-retry=2</c>
/// (any status can carry <c>-retry</c>), <c>500</c> or any other status from 300 to 599: the request is not taken</item>
/// <item><c>credits</c>, <c>credits=402</c>: the balance is exhausted, with the provider's own status (403 at fal, 402 elsewhere)
/// or that one; <c>unauthorized</c>: 401; <c>expired</c>, <c>expired=404</c>: 410 or that status, or a finished job without its
/// output where the provider says it so</item>
/// <item><c>bodycode=402</c>: the refusal of that status, sent as 200</item>
/// <item><c>taken=502</c>: the request is carried out (and billed), but a gateway answers in its place, with a status from 500 to 599</item>
/// <item><c>replay</c>: the request arrives twice under its idempotency key; <c>conflict</c>: that key came with another body
/// before, and nothing is taken. Both wait for a submit that carries a key its provider honours</item>
/// <item><c>redirect=URL</c>: 302 to there (it takes no %chance)</item>
/// <item><c>html</c>: 200 with an HTML page, not taken; <c>malformed</c>: taken, but the JSON breaks off</item>
/// <item><c>wrongtype</c>: HTML that calls itself a picture; <c>badlength</c>, <c>badlength=N</c>: a Content-Length that is
/// 1000 bytes too large, or N; <c>badlength=-N</c>: N bytes too small</item>
/// <item><c>truncate</c>: half the body, cleanly ended, its length announced</item>
/// </list>
/// <para>of the connection:</para>
/// <list type="bullet">
/// <item><c>refused</c>: never made, nothing is taken; <c>lost</c>: the request is carried out (and billed), then the
/// connection drops without an answer; <c>reset</c>: it drops in the middle of the body; <c>slow=ms</c>: the answer waits</item>
/// <item><c>drip=ms</c>: the head comes at once, the body in 16 pieces with a wait before each; <c>stall</c>: half the body
/// comes, then nothing more, on an open connection</item>
/// <item><c>nostream</c>, <c>nostream=404</c>: the status stream is refused (405); <c>streambreak</c>: it drops after its first event</item>
/// </list>
/// <para>of the job: <c>rejected</c> (the content is refused), <c>failed</c> (an error of the provider), <c>empty</c>
/// (it ends well, without a picture): nothing is billed.</para>
/// </summary>
public sealed class FaultPlan
{
    /// <summary>
    /// A bad day at a provider, in this list's own words: every fault that a client can come through without a second bill
    /// and without waiting for a time limit. It holds none of the job's own ends (rejected, failed, empty, credits), so
    /// that every job taken is billed once it has run.
    /// </summary>
    public const string StormText =
        "submit:lost%2, submit:reset%1, submit:malformed%1, submit:html%0.5, submit:taken=502%1, submit:taken=504%0.5, submit:500%1, submit:503-retry=1%1, " +
        "submit:refused%1, submit:429=1*4%2, submit:429=date+1~-7200%1, submit:429=date+1~7200%1, submit:drip=2%2, submit:replay%3, submit:conflict%1, " +
        "direct:lost%2, direct:reset%1, direct:malformed%1, direct:taken=502%1, direct:503-retry=1%1, direct:429=1*4%2, direct:drip=2%2, " +
        "status:lost%1, status:reset%1, status:malformed%1, status:html%0.5, status:503*2%1, status:429=1*4%1, status:429=date+1~-7200%0.5, status:drip=2%1, " +
        "stream:nostream%5, stream:streambreak%5, stream:reset%2, " +
        "result:lost%1, result:reset%1, result:502%1, result:malformed%1, result:badlength%1, " +
        "download:lost%2, download:reset%3, download:badlength%2, download:truncate%1, download:503%2, download:429=1*4%1, download:drip=2%2";

    private FaultPlan(IReadOnlyList<FaultRule> rules, int seed, string text)
    {
        Rules = rules;
        Seed = seed;
        Text = text;
    }

    public static FaultPlan None { get; } = new([], 0, "");

    public IReadOnlyList<FaultRule> Rules { get; }

    /// <summary>Picks the draws of the items that have a chance; 0 when not written.</summary>
    public int Seed { get; }

    /// <summary>The list as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a written list; an empty one is <see cref="None"/>.</summary>
    /// <param name="text">The list.</param>
    /// <param name="source">Where it was written, for the message.</param>
    /// <exception cref="SandboxConfigurationException">An item is not understood; the message names it and what is known.</exception>
    public static FaultPlan Parse(string text, string source = "The fault list")
    {
        ArgumentNullException.ThrowIfNull(text);
        var (rules, seed) = FaultParser.Parse(text, source);
        return rules.Count == 0 ? None : new FaultPlan(rules, seed, text);
    }

    /// <summary><see cref="StormText"/> with a seed: <c>storm=n</c> as a written list.</summary>
    /// <param name="seed">0 or more.</param>
    public static FaultPlan Storm(int seed) => Parse(FormattableString.Invariant($"storm={seed}"));

    public override string ToString() => Text;
}
