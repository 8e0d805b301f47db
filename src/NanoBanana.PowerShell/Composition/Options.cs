using NanoBanana.Engine.State;

namespace NanoBanana.PowerShell.Composition;

/// <summary>Opens the options of this user and this process.</summary>
internal static class Options
{
    /// <summary>Opens them; the file is read when it is first needed.</summary>
    /// <exception cref="NBException">InvalidRequest: there is no folder for them.</exception>
    public static OptionStore Open() =>
        new(StateFolder.Find(Environment.GetEnvironmentVariable), Environment.GetEnvironmentVariable, new OfThisProcess());

    /// <summary>
    /// Kept in the context of the process: all runspaces see it, so that a budget also binds <c>ForEach-Object -Parallel</c>,
    /// and, unlike a variable of the environment, no child process inherits it.
    /// </summary>
    private sealed class OfThisProcess : IProcessOptions
    {
        public string? Read(string name) => AppContext.GetData(Key(name)) as string;

        public void Write(string name, string? text) => AppContext.SetData(Key(name), text);

        private static string Key(string name) => $"NanoBanana.Option.{name}";
    }
}
