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

    /// <summary>Whether the sandbox is to be used.</summary>
    /// <param name="asked">The switch, where it was given.</param>
    /// <exception cref="NBException">InvalidRequest: NB_SANDBOX holds neither yes nor no. To guess no would cost money.</exception>
    public static bool UsesSandbox(bool? asked) => asked ?? Environment.GetEnvironmentVariable("NB_SANDBOX")?.Trim().ToUpperInvariant() switch
    {
        "1" or "TRUE" or "YES" or "ON" => true,
        null or "" or "0" or "FALSE" or "NO" or "OFF" => false,
        _ => throw new NBException(NBErrorId.InvalidRequest, "$env:NB_SANDBOX is not valid. Valid values: 1, 0, true, false, yes, no, on, off."),
    };

    /// <summary>Makes an engine.</summary>
    /// <param name="sandbox">Whether the sandbox answers.</param>
    /// <param name="apiKey">The key given with the command, for the sandbox; it takes any.</param>
    /// <param name="key">Hands out the key of a provider; asked from any thread, and never for the sandbox.</param>
    /// <param name="user">What the user wants.</param>
    /// <exception cref="NBException">InvalidRequest: a sandbox variable holds what it may not.</exception>
    public static ImageEngine Create(bool sandbox, SecureString? apiKey, Func<string, SecretKey> key, UserOptions user)
    {
        var options = new EngineOptions
        {
            Key = key,
            State = StateFolder.Find(Environment.GetEnvironmentVariable),
            DailyBudget = user.DailyBudget,
            JournalPrompts = user.JournalPrompt,
            LogPrompts = user.LogPrompts,
            LargestPicture = user.LargestPicture,
            PriceFile = user.PriceFile,
        };
        if (!sandbox) return new ImageEngine(options with { ReadVariable = Environment.GetEnvironmentVariable });

        SandboxOptions settings = ReadSandboxOptions();
        return new ImageEngine(options with
        {
            Key = _ => apiKey is null ? SecretKey.FromText("nb0sandbox0key") : new SecretKey(apiKey),
            Sandbox = true,
            MessageHandler = Simulator.Value.CreateHandler(settings),
            UsualDuration = settings.Latency,
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
