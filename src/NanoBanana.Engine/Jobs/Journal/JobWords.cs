using System.Text.Json;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>The words of a job's file for the values of the code, and back. They never change; the names in the code may.</summary>
internal static class JobWords
{
    public static string Of(NBJobState state) => state switch
    {
        NBJobState.Intent => "Intent",
        NBJobState.Submitted => "Submitted",
        NBJobState.Running => "Running",
        NBJobState.Succeeded => "Succeeded",
        NBJobState.Received => "Received",
        NBJobState.Failed => "Failed",
        NBJobState.Cancelled => "Cancelled",
        NBJobState.Expired => "Expired",
        NBJobState.SubmitOutcomeUnknown => "SubmitOutcomeUnknown",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No word stands for this state."),
    };

    /// <summary>Reads a state.</summary>
    /// <exception cref="JsonException">There is no such state.</exception>
    public static NBJobState State(string? word) => word switch
    {
        "Intent" => NBJobState.Intent,
        "Submitted" => NBJobState.Submitted,
        "Running" => NBJobState.Running,
        "Succeeded" => NBJobState.Succeeded,
        "Received" => NBJobState.Received,
        "Failed" => NBJobState.Failed,
        "Cancelled" => NBJobState.Cancelled,
        "Expired" => NBJobState.Expired,
        "SubmitOutcomeUnknown" => NBJobState.SubmitOutcomeUnknown,
        _ => throw new JsonException($"there is no state '{word}'"),
    };

    public static string Of(ImageOperation operation) => operation == ImageOperation.Edit ? "Edit" : "Generate";

    /// <summary>Reads an operation.</summary>
    /// <exception cref="JsonException">There is no such operation.</exception>
    public static ImageOperation Operation(string? word) => word switch
    {
        "Generate" => ImageOperation.Generate,
        "Edit" => ImageOperation.Edit,
        _ => throw new JsonException($"there is no operation '{word}'"),
    };

    /// <summary>Reads a tier; null stays null.</summary>
    /// <exception cref="JsonException">There is no such tier.</exception>
    public static ImageResolution? Resolution(string? word) =>
        word is null ? null : Vocabulary.TryParseResolution(word, out ImageResolution tier) ? tier : throw new JsonException($"there is no resolution '{word}'");

    /// <summary>Reads a ratio; null stays null.</summary>
    /// <exception cref="JsonException">There is no such ratio.</exception>
    public static AspectRatio? Ratio(string? word) =>
        word is null ? null : AspectRatio.TryParse(word, out AspectRatio ratio) ? ratio : throw new JsonException($"there is no ratio '{word}'");

    /// <summary>Reads a format; null stays null.</summary>
    /// <exception cref="JsonException">There is no such format.</exception>
    public static ImageFormat? Format(string? word) =>
        word is null ? null : Vocabulary.TryParseFormat(word, out ImageFormat format) ? format : throw new JsonException($"there is no format '{word}'");

    /// <summary>The ids of errors are stable by contract, so their names are the words. One that is not known here is left out: its text says it all.</summary>
    public static NBErrorId? Error(string? word) =>
        word is not null && word.Length > 0 && char.IsAsciiLetter(word[0]) && Enum.TryParse(word, out NBErrorId id) && Enum.IsDefined(id) ? id : null;

    /// <summary>Reads an address; null stays null.</summary>
    /// <exception cref="JsonException">The text is no address.</exception>
    public static Uri? Address(string? text) =>
        text is null ? null : Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : throw new JsonException("an address cannot be read");
}
