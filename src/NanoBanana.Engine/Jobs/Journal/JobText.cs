using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>Jobs as the text of their files, and back.</summary>
internal static class JobText
{
    // Letters of all languages stay as they are: people look into these files, and nothing puts them into a web page.
    private static readonly JobFileContext Context = new(new JsonSerializerOptions(JobFileContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Writes a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="keepPrompt">Whether its prompt is written; else its hash is, and the submit's body, which holds the prompt, is left out.</param>
    public static byte[] Write(JobRecord job, bool keepPrompt) => JsonSerializer.SerializeToUtf8Bytes(ToFile(job, keepPrompt), Context.JobFile);

    /// <summary>Reads a job.</summary>
    /// <param name="text">The whole file.</param>
    /// <exception cref="JsonException">This is no job's file.</exception>
    /// <exception cref="NewerSchemaException">A newer version wrote it.</exception>
    public static JobRecord Read(ReadOnlySpan<byte> text)
    {
        try
        {
            JobFile file = JsonSerializer.Deserialize(text, Context.JobFile) ?? throw new JsonException("it holds nothing");
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

    /// <summary>The hash that stands for a prompt that is not kept.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <returns>SHA-256 of its UTF-8, 64 hexadecimal digits.</returns>
    public static string Hash(string prompt) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))).ToLowerInvariant();

    private static int? TrySchema(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, Context.JobFileSchema)?.Schema;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JobFile ToFile(JobRecord job, bool keepPrompt) => new()
    {
        Schema = JobFile.CurrentSchema,
        Id = job.Id,
        State = JobWords.Of(job.State),
        Provider = job.Provider,
        Model = job.Model,
        Operation = JobWords.Of(job.Operation),
        Prompt = keepPrompt ? job.Prompt : null,
        PromptHash = keepPrompt || job.Prompt is null ? job.PromptHash : Hash(job.Prompt),
        Count = job.Count,
        Resolution = job.Resolution?.ToName(),
        AspectRatio = job.AspectRatio?.ToString(),
        OutputFormat = job.OutputFormat?.ToName(),
        Seed = job.Seed,
        Sandbox = job.Sandbox,
        CreatedAt = job.CreatedAt,
        UpdatedAt = job.UpdatedAt,
        SubmittedAt = job.SubmittedAt,
        StartedAt = job.StartedAt,
        EndedAt = job.EndedAt,
        DurationSeconds = job.Duration is { } duration ? (decimal)duration.Ticks / TimeSpan.TicksPerSecond : null,
        Remote = job.Remote is { } remote ? ToFile(remote) : null,
        QueuePosition = job.QueuePosition,
        UnitCost = job.UnitCost,
        CostSource = job.CostSource,
        ReportedCost = job.ReportedCost,
        Credits = job.Credits,
        IdempotencyKey = job.IdempotencyKey,
        SubmitBody = keepPrompt ? job.SubmitBody : null,
        Part = job.Part is { } part ? new JobFilePart { Index = part.Index, Of = part.Of } : null,
        Output = ToFile(job.Output),
        Pictures = job.Pictures.Count == 0 ? null : [.. job.Pictures.Select(ToFile)],
        Description = job.Description,
        ErrorId = job.ErrorId?.ToString(),
        ErrorMessage = job.ErrorMessage,
        ErrorStatus = job.ErrorStatus,
        ErrorType = job.ErrorType,
        ProcessId = job.ProcessId,
        MachineName = job.MachineName,
    };

    private static JobFileRemote ToFile(RemoteJob remote) => new()
    {
        Id = remote.Id,
        Model = remote.Model,
        StatusUri = remote.StatusUri?.OriginalString,
        ResultUri = remote.ResultUri?.OriginalString,
        CancelUri = remote.CancelUri?.OriginalString,
    };

    private static JobFileOutput ToFile(OutputOptions output) => new()
    {
        Directory = output.Directory,
        FileName = output.FileName,
        FileNameTemplate = output.FileNameTemplate,
        Force = output.Force,
        NoDownload = output.NoDownload,
    };

    private static JobFilePicture ToFile(JobPicture picture) => new()
    {
        Uri = picture.Uri?.OriginalString,
        Path = picture.Path,
        PartialPath = picture.PartialPath,
        Width = picture.Width,
        Height = picture.Height,
        Format = picture.Format?.ToName(),
        Length = picture.Length,
    };

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
        Sandbox = file.Sandbox,
        CreatedAt = file.CreatedAt ?? throw Missing("createdAt"),
        UpdatedAt = file.UpdatedAt ?? throw Missing("updatedAt"),
        SubmittedAt = file.SubmittedAt,
        StartedAt = file.StartedAt,
        EndedAt = file.EndedAt,
        Duration = file.DurationSeconds is { } seconds ? Span(seconds) : null,
        Remote = file.Remote is { } remote ? ToRemote(remote) : null,
        QueuePosition = file.QueuePosition,
        UnitCost = file.UnitCost,
        CostSource = file.CostSource,
        ReportedCost = file.ReportedCost,
        Credits = file.Credits,
        IdempotencyKey = file.IdempotencyKey,
        SubmitBody = file.SubmitBody,
        Part = file.Part is { } part ? new RequestPart(part.Index, part.Of) : null,
        Output = ToOutput(file.Output ?? throw Missing("output")),
        Pictures = file.Pictures is { } pictures ? [.. pictures.Select(ToPicture)] : [],
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

    private static TimeSpan Span(decimal seconds)
    {
        decimal most = TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond;
        if (seconds < 0 || seconds > most) throw new JsonException("a duration is out of range");
        return TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
    }

    private static string Needed(string? value, string name) => value ?? throw Missing(name);

    private static JsonException Missing(string name) => new($"{name} is missing");
}

/// <summary>A newer version of the module wrote the file.</summary>
/// <param name="schema">Its schema.</param>
internal sealed class NewerSchemaException(int schema) : Exception($"schema {schema} is newer than {JobFile.CurrentSchema}");
