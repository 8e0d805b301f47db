using NanoBanana.Engine.Pricing;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Which providers may make a request, in the order in which they are asked: as named, or the cheapest first.</summary>
/// <param name="registry">The providers.</param>
/// <param name="validator">Says what each takes.</param>
/// <param name="prices">Say what each costs.</param>
/// <param name="pipelines">Say whose circuit is open.</param>
internal sealed class ProviderChoice(ProviderRegistry registry, RequestValidator validator, PriceCatalog prices, ResiliencePipelines pipelines)
{
    /// <summary>The word that leaves the choice to us.</summary>
    public const string Auto = "Auto";

    /// <summary>Finds those that can take exactly this request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="findKey">Throws where there is no key for a provider; null where keys do not matter.</param>
    /// <returns>The request as each would get it, valid, the first choice first; at least one.</returns>
    /// <exception cref="NBException">The request is wrong, or none can take it; says why, provider by provider.</exception>
    public IReadOnlyList<Candidate> Make(ImageRequest request, Action<string>? findKey)
    {
        if (request.Providers.Count == 0) return [Candidate.Of(validator.Validate(request), prices)];
        bool isAuto = request.Providers is [var only] && string.Equals(only, Auto, StringComparison.OrdinalIgnoreCase);
        IEnumerable<string> names = isAuto ? registry.All.Select(provider => provider.Capabilities.Provider) : request.Providers.Select(name => registry.Find(name).Capabilities.Provider);
        var found = new List<Candidate>();
        var refusals = new List<NBException>();
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            try
            {
                Candidate candidate = Candidate.Of(validator.Validate(request with { Provider = name, Providers = [] }), prices);
                findKey?.Invoke(name);
                found.Add(candidate);
            }
            catch (NBException error)
            {
                refusals.Add(error);
            }
        }

        if (found.Count == 0) throw None(request, refusals);

        // A model's name is one company's: who does not know it is asked only where nobody does.
        if (request.Model is not null && found.Exists(KnowsModel)) found.RemoveAll(candidate => !KnowsModel(candidate));

        // A provider that fails just now is asked last, not never: the others may fail too.
        return
        [
            .. found
                .OrderBy(candidate => pipelines.IsBroken(candidate.Request.Provider!))
                .ThenBy(candidate => isAuto ? candidate.Price.Total ?? decimal.MaxValue : 0m),
        ];
    }

    private bool KnowsModel(Candidate candidate) =>
        registry.Find(candidate.Request.Provider).Capabilities.Models.Contains(candidate.Request.Model, StringComparer.Ordinal);

    private static NBException None(ImageRequest request, List<NBException> refusals)
    {
        // One reason for all is told as it is: an empty prompt is nobody's fault but the prompt's.
        if (refusals.Select(refusal => refusal.Message).Distinct(StringComparer.Ordinal).Count() == 1) return refusals[0];
        if (refusals.TrueForAll(refusal => refusal.ErrorId == NBErrorId.CredentialNotFound))
        {
            // The first one whole, for it tells what to type.
            string names = string.Join(", ", refusals.Select(refusal => refusal.Provider).OfType<string>());
            return new NBException(NBErrorId.CredentialNotFound, $"None of the providers ({names}) has a key; nothing was sent. {refusals[0].Message}") { Parameter = "Provider" };
        }

        string reasons = string.Join(" ", refusals.Select(refusal => refusal.Message.Split('\n')[0].Trim()));
        return new NBException(
            NBErrorId.InvalidRequest,
            $"None of the providers ({string.Join(", ", request.Providers)}) can make this picture; nothing was sent. {reasons}")
        { Parameter = "Provider" };
    }
}

/// <summary>A request as one provider would get it.</summary>
/// <param name="Request">The request, valid.</param>
/// <param name="Price">What it costs there.</param>
internal sealed record Candidate(ImageRequest Request, NBPrice Price)
{
    public static Candidate Of(ImageRequest valid, PriceCatalog prices) => new(valid, prices.Price(valid));
}
