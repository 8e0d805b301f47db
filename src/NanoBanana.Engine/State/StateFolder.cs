namespace NanoBanana.Engine.State;

/// <summary>Where the module keeps what outlives a process: the journal, the options, the budget.</summary>
public sealed class StateFolder
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string Variable = "NB_STATE_PATH";

    /// <summary>Makes a state folder of a path; nothing is created.</summary>
    /// <param name="root">The full path.</param>
    public StateFolder(string root) => Root = root;

    /// <summary>The full path.</summary>
    public string Root { get; }

    /// <summary>The file of the user's options.</summary>
    public string OptionsFile => Path.Combine(Root, "options.json");

    /// <summary>Finds the folder: NB_STATE_PATH, else NanoBanana in the user's local application data.</summary>
    /// <param name="readVariable">Reads an environment variable.</param>
    /// <returns>The folder; it need not exist.</returns>
    /// <exception cref="NBException">InvalidRequest: the variable holds no full path, or this user has no local application data. JournalUnavailable: it names a file.</exception>
    public static StateFolder Find(Func<string, string?> readVariable)
    {
        ArgumentNullException.ThrowIfNull(readVariable);
        string? named = readVariable(Variable);
        if (!string.IsNullOrWhiteSpace(named))
        {
            if (File.Exists(named)) throw new NBException(NBErrorId.JournalUnavailable, $"{Variable} is '{named}', which is a file. Set it to a folder.");
            if (Path.IsPathFullyQualified(named)) return new StateFolder(Path.GetFullPath(named));
            throw new NBException(NBErrorId.InvalidRequest, $"{Variable} is '{named}', which is no full path. Let it name a folder from the root on, or remove it.");
        }

        string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (local.Length > 0) return new StateFolder(Path.Combine(local, "NanoBanana"));
        throw new NBException(NBErrorId.InvalidRequest, $"This user has no folder for application data to keep jobs in. Let the variable {Variable} name one.");
    }

    /// <summary>The file of the public keys that fal signs its deliveries with.</summary>
    public string FalKeysFile => Path.Combine(Root, "fal-webhook-keys.json");

    /// <summary>The folder of the journal.</summary>
    /// <param name="sandbox">Whether that of the sandbox's jobs, which are kept apart.</param>
    public string Jobs(bool sandbox) => sandbox ? Path.Combine(Root, "sandbox", "jobs") : Path.Combine(Root, "jobs");
}
