using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>Reads jobs from the text of their files.</summary>
internal static class JobReader
{
    /// <summary>Reads a job.</summary>
    /// <param name="text">The whole file.</param>
    /// <exception cref="JsonException">This is no job's file.</exception>
    /// <exception cref="NewerSchemaException">A newer version wrote it.</exception>
    public static JobRecord Read(ReadOnlySpan<byte> text)
    {
        try
        {
            JobFile file = JsonSerializer.Deserialize(text, JobFileContext.Default.JobFile) ?? throw new JsonException("it holds nothing");
            if (file.Schema == JobFile.CurrentSchema) return ToJob(file);
            throw file.Schema > JobFile.CurrentSchema
                ? new NewerSchemaException(file.Schema)
                : new JsonException("it names no schema that was ever written");
        }
        catch (JsonException)
        {
            if (TrySchema(text) is { } schema and > JobFile.CurrentSchema) throw new NewerSchemaException(schema);
            throw;
        }
    }

    private static int? TrySchema(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, JobFileContext.Default.JobFileSchema)?.Schema;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JobRecord ToJob(JobFile file) => new()
    {
        Id = Needed(file.Id, "id"),
        State = JobWords.State(file.State),
        Provider = Needed(file.Provider, "provider"),
        Model = Needed(file.Model, "model"),
        Operation = JobWords.Operation(file.Operation),
        Prompt = file.Prompt,
        PromptHash = file.PromptHash,
        Count = file.Count,
        Resolution = JobWords.Resolution(file.Resolution),
        AspectRatio = JobWords.Ratio(file.AspectRatio),
        OutputFormat = JobWords.Format(file.OutputFormat),
        Seed = file.Seed,
        Settings = file.Request ?? RequestSettings.None,
        Sandbox = file.Sandbox,
        CreatedAt = file.CreatedAt?.ToUniversalTime() ?? throw Missing("createdAt"),
        UpdatedAt = file.UpdatedAt?.ToUniversalTime() ?? throw Missing("updatedAt"),
        SubmittedAt = file.SubmittedAt?.ToUniversalTime(),
        StartedAt = file.StartedAt?.ToUniversalTime(),
        EndedAt = file.EndedAt?.ToUniversalTime(),
        Duration = file.DurationSeconds is { } seconds ? Span(seconds) : null,
        Remote = file.Remote is { } remote ? ToRemote(remote) : null,
        QueuePosition = file.QueuePosition,
        UnitCost = file.UnitCost,
        CostSource = file.CostSource,
        ReportedCost = file.ReportedCost,
        Credits = file.Credits,
        IdempotencyKey = file.IdempotencyKey,
        SubmitBody = file.SubmitBody,
        SendStarted = file.SendStarted,
        Part = file.Part is { } part ? new RequestPart(part.Index, part.Of) : null,
        Output = ToOutput(file.Output ?? throw Missing("output")),
        Pictures = file.Pictures is { } pictures ? [.. pictures.Select(ToPicture)] : [],
        FurtherUris = file.FurtherUris is { } further ? [.. further.Select(JobWords.Address).OfType<Uri>()] : [],
        Description = file.Description,
        ErrorId = JobWords.Error(file.ErrorId),
        ErrorMessage = file.ErrorMessage,
        ErrorStatus = file.ErrorStatus,
        ErrorType = file.ErrorType,
        ProcessId = file.ProcessId,
        MachineName = file.MachineName,
    };

    private static RemoteJob ToRemote(JobFileRemote remote) => new()
    {
        Id = Needed(remote.Id, "remote.id"),
        Model = Needed(remote.Model, "remote.model"),
        StatusUri = JobWords.Address(remote.StatusUri),
        ResultUri = JobWords.Address(remote.ResultUri),
        CancelUri = JobWords.Address(remote.CancelUri),
    };

    private static OutputOptions ToOutput(JobFileOutput output) => new()
    {
        Directory = Needed(output.Directory, "output.directory"),
        FileName = output.FileName,
        FileNameTemplate = Needed(output.FileNameTemplate, "output.fileNameTemplate"),
        Force = output.Force,
        NoDownload = output.NoDownload,
    };

    private static JobPicture ToPicture(JobFilePicture? picture) => picture is null ? throw Missing("a picture") : new()
    {
        Uri = JobWords.Address(picture.Uri),
        Path = picture.Path,
        PartialPath = picture.PartialPath,
        Width = picture.Width,
        Height = picture.Height,
        Format = JobWords.Format(picture.Format),
        Length = picture.Length,
    };

    /// <summary>A duration that cannot be, as after the clock was set back, is none: nothing depends on it.</summary>
    private static TimeSpan? Span(decimal seconds)
    {
        decimal most = TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond;
        return seconds >= 0 && seconds <= most ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;
    }

    private static string Needed(string? value, string name) => value ?? throw Missing(name);

    private static JsonException Missing(string name) => new($"{name} is missing");
}

/// <summary>A newer version of the module wrote the file.</summary>
/// <param name="schema">Its schema.</param>
internal sealed class NewerSchemaException(int schema) : Exception($"schema {schema} is newer than {JobFile.CurrentSchema}");
