using System.Collections.Concurrent;
using NanoBanana.Engine.State;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>Options in a folder of their own, with an environment and a process of their own.</summary>
internal sealed class OptionsRig : IDisposable, IProcessOptions
{
    private readonly ConcurrentDictionary<string, string?> told = new(StringComparer.Ordinal);

    public TempFolder Folder { get; } = new();

    public Dictionary<string, string?> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>A store as the next command would open it.</summary>
    public OptionStore Store => new(State, name => Variables.GetValueOrDefault(name), this);

    public StateFolder State => new(Folder.File("state"));

    public string File => State.OptionsFile;

    /// <summary>The folder or file that a path option may name.</summary>
    public string PriceFile => Folder.Write("prices.json", "{}"u8.ToArray());

    public void Set(string name, string? text, NBOptionScope scope = NBOptionScope.User) =>
        Store.ChangeAsync(scope, new Dictionary<string, string?>(StringComparer.Ordinal) { [name] = text }, CancellationToken.None).GetAwaiter().GetResult();

    public void WriteFile(string json)
    {
        Directory.CreateDirectory(State.Root);
        System.IO.File.WriteAllText(File, json);
    }

    public string? Read(string name) => told.GetValueOrDefault(name);

    public void Write(string name, string? text) => told[name] = text;

    public void Dispose() => Folder.Dispose();
}
