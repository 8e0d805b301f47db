using System.Management.Automation;
using System.Security;
using NanoBanana.Engine;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Composition;
using NanoBanana.PowerShell.Credentials;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Asks a provider whether it accepts a key, where that is free.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NBCredential")]
[OutputType(typeof(NBCredentialTest))]
public sealed class TestNBCredentialCommand : CredentialCommand
{
    private readonly List<string> asked = [];
    private KeyRing? keys;

    /// <summary>The providers; all that a key is found for where none is named.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    [Alias("Name")]
    public string[]? Provider { get; set; }

    /// <summary>The key to test; the one that would be used where it is left out.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>Ask the simulator instead of the provider.</summary>
    [Parameter]
    public SwitchParameter Sandbox { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => asked.AddRange(Provider ?? []);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            keys = OpenKeys(ApiKey);
            Test();
        }
        catch (NBException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Parameter));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) keys?.Dispose();
    }

    private void Test()
    {
        if (ApiKey is not null && asked.Distinct(StringComparer.OrdinalIgnoreCase).Count() != 1)
        {
            throw new NBException(NBErrorId.InvalidRequest, "-ApiKey is one company's key and is shown to no other. Say whose it is with -Provider.") { Parameter = nameof(Provider) };
        }

        bool sandbox = EngineFactory.UsesSandbox(MyInvocation.BoundParameters.ContainsKey(nameof(Sandbox)) ? Sandbox.ToBool() : null);
        List<Candidate> candidates = asked.Count > 0 ? FindNamed(sandbox) : FindAll(sandbox);
        if (candidates.Count == 0) return;
        StartWork(() => AskAsync(sandbox, candidates));
        Finish();
    }

    private List<Candidate> FindNamed(bool sandbox)
    {
        var found = new List<Candidate>();
        foreach (string name in asked.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                found.Add(Find(Named(name), sandbox));
            }
            catch (NBException error)
            {
                Refuse(error, name);
            }
        }

        return found;
    }

    /// <summary>Providers without a key are passed over, as long as one has a key.</summary>
    private List<Candidate> FindAll(bool sandbox)
    {
        NBProvider[] all = [.. ImageEngine.DescribeProviders()];
        if (sandbox) return [.. all.Select(provider => Find(provider, sandbox))];
        foreach (NBProvider provider in all) keys!.Resolve(provider.Name);
        keys!.RequireAny([.. all.Select(provider => provider.Name)]);
        return [.. all.Where(provider => keys.Has(provider.Name)).Select(provider => Find(provider, sandbox))];
    }

    private Candidate Find(NBProvider provider, bool sandbox)
    {
        if (sandbox) return new Candidate(provider.Name, ApiKey is null ? NBCredentialSource.None : NBCredentialSource.Parameter);
        keys!.Resolve(provider.Name);
        return new Candidate(provider.Name, keys.SourceOf(provider.Name));
    }

    private async Task AskAsync(bool sandbox, List<Candidate> candidates)
    {
        using ImageEngine engine = EngineFactory.Create(sandbox, ApiKey, keys!.Hand, Options.Open().Read());
        foreach (Candidate candidate in candidates)
        {
            await Queue.WriteAsync(await AskAsync(engine, candidate, sandbox).ConfigureAwait(false), StopToken).ConfigureAwait(false);
        }
    }

    private async Task<PipelineItem> AskAsync(ImageEngine engine, Candidate candidate, bool isSandbox)
    {
        try
        {
            if (isSandbox && candidate.Source == NBCredentialSource.None) return Answer(candidate, null, "No key was given, and the sandbox needs none: nothing was tested.");
            bool? isGood = await engine.CheckKeyAsync(candidate.Provider, StopToken).ConfigureAwait(false);
            return Answer(candidate, isGood, isGood is null
                ? $"{candidate.Provider} documents no free call that needs a key, so it cannot be told without ordering a picture."
                : "The key is accepted.");
        }
        catch (NBException error) when (error.ErrorId == NBErrorId.AuthenticationFailed)
        {
            return Answer(candidate, false, error.Message);
        }
        catch (NBException error)
        {
            return new ErrorItem(ErrorRecords.From(error, candidate.Provider));
        }
    }

    private static OutputItem Answer(Candidate candidate, bool? isValid, string message) => new(new NBCredentialTest
    {
        Provider = candidate.Provider,
        Source = candidate.Source,
        IsValid = isValid,
        Message = message,
    });

    private sealed record Candidate(string Provider, NBCredentialSource Source);
}
