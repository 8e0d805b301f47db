namespace NanoBanana;

/// <summary>Where a value of an option comes from, the weakest first: each goes before those above it.</summary>
public enum NBOptionSource
{
    /// <summary>Built in.</summary>
    Default,

    /// <summary>The user's file, written by <c>Set-NBOption</c>.</summary>
    User,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>This process, told by <c>Set-NBOption -Scope Process</c>.</summary>
    Process,
}

/// <summary>For how long an option is set.</summary>
public enum NBOptionScope
{
    /// <summary>For every process of this user, until it is changed.</summary>
    User,

    /// <summary>Until this process ends, for all its runspaces.</summary>
    Process,
}

/// <summary>An option and the value that holds now.</summary>
public sealed class NBOption
{
    /// <summary>The name: the parameter of <c>Set-NBOption</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The value that holds: a text, a number (decimal US dollars, whole MiB) or a boolean. Null where nothing is set and
    /// nothing is built in.
    /// </summary>
    public object? Value { get; init; }

    /// <summary>The value as it is typed, the same in every culture: 2.5 and not 2,5.</summary>
    public string? Text => Value is IFormattable number ? number.ToString(format: null, System.Globalization.CultureInfo.InvariantCulture) : Value?.ToString();

    /// <summary>Where the value comes from.</summary>
    public NBOptionSource Source { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary>The environment variable that goes before the user's file.</summary>
    public required string Variable { get; init; }

    /// <summary>The name and the value.</summary>
    /// <returns>For example <c>Resolution = 2K</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{Name} = {Value}");
}
