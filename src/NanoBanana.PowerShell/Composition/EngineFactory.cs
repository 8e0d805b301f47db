using System.Security;
using NanoBanana.Engine;
using NanoBanana.Engine.State;
using NanoBanana.Engine.Transport;
using NanoBanana.Sandbox;

namespace NanoBanana.PowerShell.Composition;

/// <summary>The one place that knows both the engine and the sandbox.</summary>
internal static class EngineFactory
{
    /// <summary>The simulator of this process: what one command makes in the sandbox, the next can edit.</summary>
    private static readonly Lazy<Simulator> Simulator = new(static () => new Simulator());

    /// <summary>The price file of the user's own; null for none.</summary>
    public static string? PriceFile => Environment.GetEnvironmentVariable("NB_PRICES");

    /// <summary>Whether the sandbox is to be used.</summary>
    /// <param name="asked">The switch, where it was given.</param>
    public static bool UsesSandbox(bool? asked) => asked ?? Environment.GetEnvironmentVariable("NB_SANDBOX") is "1" or "true" or "True";

    /// <summary>Makes an engine.</summary>
    /// <param name="sandbox">Whether the sandbox answers.</param>
    /// <param name="apiKey">The key given with the command.</param>
    /// <param name="isKeyFor">Whether that key is meant for a provider; it must reach no other.</param>
    /// <param name="userOptions">What the user wants.</param>
    /// <exception cref="NBException">InvalidRequest: a sandbox variable holds what it may not.</exception>
    public static ImageEngine Create(bool sandbox, SecureString? apiKey, Func<string, bool> isKeyFor, UserOptions userOptions)
    {
        if (!sandbox)
        {
            return new ImageEngine(new EngineOptions
            {
                Key = provider => KeySource.Find(provider, isKeyFor(provider.Name) ? apiKey : null),
                ReadVariable = Environment.GetEnvironmentVariable,
                State = StateFolder.Find(Environment.GetEnvironmentVariable),
                JournalPrompts = userOptions.JournalPrompt,
                LargestPicture = userOptions.LargestPicture,
                PriceFile = PriceFile,
            });
        }

        SandboxOptions options = ReadSandboxOptions();
        return new ImageEngine(new EngineOptions
        {
            Key = _ => apiKey is null ? SecretKey.FromText("sandbox-key") : new SecretKey(apiKey),
            Sandbox = true,
            State = StateFolder.Find(Environment.GetEnvironmentVariable),
            JournalPrompts = userOptions.JournalPrompt,
            MessageHandler = Simulator.Value.CreateHandler(options),
            UsualDuration = options.Latency,
            LargestPicture = userOptions.LargestPicture,
            PriceFile = PriceFile,
        });
    }

    private static SandboxOptions ReadSandboxOptions()
    {
        try
        {
            return SandboxOptions.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (SandboxConfigurationException exception)
        {
            throw new NBException(NBErrorId.InvalidRequest, exception.Message, exception);
        }
    }
}
