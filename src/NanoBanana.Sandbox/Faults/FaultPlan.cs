namespace NanoBanana.Sandbox.Faults;

/// <summary>
/// What goes wrong, as a written list (<c>NB_SANDBOX_FAULTS</c>, <c>--faults</c>). Items are separated by commas or
/// semicolons; each is <c>where:what[=value][*count][@n]</c>.
/// <para>where: <c>submit status stream result download upload cancel direct any</c>. Where a look at a finished job brings
/// its output, such a look is both <c>status</c> and <c>result</c>.</para>
/// <para>count: how often it strikes, 1 when not written; <c>*</c> alone means always. <c>@n</c>: the first n-1
/// matching requests pass. Several items for one place strike one after the other; every <c>slow</c> adds up.</para>
/// <para>what, of the answer:</para>
/// <list type="bullet">
/// <item><c>429</c>, <c>429=2</c> (Retry-After in seconds), <c>429=date+2</c> (Retry-After as a date), <c>503-retry=2</c>
/// (any status can carry <c>-retry</c>), <c>500</c> or any other status from 300 to 599: the request is not taken</item>
/// <item><c>credits</c>, <c>credits=402</c>: the balance is exhausted, with the provider's own status (403 at fal, 402 elsewhere)
/// or that one; <c>unauthorized</c>: 401; <c>expired</c>, <c>expired=404</c>: 410 or that status, or a finished job without its
/// output where the provider says it so</item>
/// <item><c>bodycode=402</c>: the refusal of that status, sent as 200</item>
/// <item><c>redirect=URL</c>: 302 to there</item>
/// <item><c>html</c>: 200 with an HTML page, not taken; <c>malformed</c>: taken, but the JSON breaks off</item>
/// <item><c>wrongtype</c>: HTML that calls itself a picture; <c>badlength</c>, <c>badlength=N</c>: a Content-Length that is
/// 1000 bytes too large, or N</item>
/// <item><c>truncate</c>: half the body, cleanly ended</item>
/// </list>
/// <para>of the connection:</para>
/// <list type="bullet">
/// <item><c>refused</c>: never made, nothing is taken; <c>lost</c>: the request is carried out (and billed), then the
/// connection drops without an answer; <c>reset</c>: it drops in the middle of the body; <c>slow=ms</c>: the answer waits</item>
/// <item><c>nostream</c>, <c>nostream=404</c>: the status stream is refused (405); <c>streambreak</c>: it drops after its first event</item>
/// </list>
/// <para>of the job: <c>rejected</c> (the content is refused), <c>failed</c> (an error of the provider), <c>empty</c>
/// (it ends well, without a picture): nothing is billed.</para>
/// </summary>
public sealed class FaultPlan
{
    private FaultPlan(IReadOnlyList<FaultRule> rules, string text)
    {
        Rules = rules;
        Text = text;
    }

    public static FaultPlan None { get; } = new([], "");

    public IReadOnlyList<FaultRule> Rules { get; }

    /// <summary>The list as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a written list; an empty one is <see cref="None"/>.</summary>
    /// <param name="text">The list.</param>
    /// <param name="source">Where it was written, for the message.</param>
    /// <exception cref="SandboxConfigurationException">An item is not understood; the message names it and what is known.</exception>
    public static FaultPlan Parse(string text, string source = "The fault list")
    {
        ArgumentNullException.ThrowIfNull(text);
        var rules = FaultParser.Parse(text, source);
        return rules.Count == 0 ? None : new FaultPlan(rules, text);
    }

    public override string ToString() => Text;
}
