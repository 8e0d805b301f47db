using NanoBanana.Engine;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Names of providers that were typed.</summary>
internal static class ProviderNames
{
    /// <summary>The error of a name that no provider has.</summary>
    /// <param name="name">The name.</param>
    /// <param name="parameter">The parameter that held it.</param>
    public static NBException Unknown(string? name, string parameter) => new(
        NBErrorId.InvalidRequest, $"There is no provider '{name}'. Choose one of: {string.Join(", ", ImageEngine.DescribeProviders().Select(provider => provider.Name))}.")
    {
        Parameter = parameter,
    };
}
