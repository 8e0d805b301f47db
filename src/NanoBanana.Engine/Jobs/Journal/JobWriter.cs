using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Jobs.Journal;

/// <summary>
/// Writes jobs as the text of their files; what is not known is left out. It does without the serializer, whose setting up
/// for so many kinds of fields would be a tenth of the time of a session's first picture.
/// </summary>
internal static class JobWriter
{
    // Letters of all languages stay as they are: people look into these files, and nothing puts them into a web page.
    private static readonly JsonWriterOptions Letters = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="keepPrompt">Whether its prompt is written; else its hash is, and the submit's body, which holds the prompt, is left out.</param>
    public static byte[] Write(JobRecord job, bool keepPrompt)
    {
        var text = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(text, Letters))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", JobFile.CurrentSchema);
            json.WriteString("id", job.Id);
            json.WriteString("state", JobWords.Of(job.State));
            json.WriteString("provider", job.Provider);
            json.WriteString("model", job.Model);
            json.WriteString("operation", JobWords.Of(job.Operation));
            Write(json, "prompt", keepPrompt ? job.Prompt : null);
            Write(json, "promptHash", keepPrompt || job.Prompt is null ? job.PromptHash : NBJob.HashPrompt(job.Prompt));
            json.WriteNumber("count", job.Count);
            Write(json, "resolution", job.Resolution?.ToName());
            Write(json, "aspectRatio", job.AspectRatio?.ToString());
            Write(json, "outputFormat", job.OutputFormat?.ToName());
            Write(json, "seed", job.Seed);
            json.WriteBoolean("sandbox", job.Sandbox);
            WriteTimes(json, job);
            if (job.Remote is { } remote) Write(json, remote);
            Write(json, "queuePosition", job.QueuePosition);
            WriteCost(json, job);
            Write(json, "idempotencyKey", job.IdempotencyKey);
            Write(json, "submitBody", keepPrompt ? job.SubmitBody : null);
            if (job.Part is { } part) Write(json, part);
            Write(json, job.Output);
            if (job.Pictures.Count > 0) Write(json, job.Pictures);
            Write(json, "description", job.Description);
            WriteError(json, job);
            Write(json, "processId", job.ProcessId);
            Write(json, "machineName", job.MachineName);
            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    private static void WriteTimes(Utf8JsonWriter json, JobRecord job)
    {
        Write(json, "createdAt", job.CreatedAt);
        Write(json, "updatedAt", job.UpdatedAt);
        Write(json, "submittedAt", job.SubmittedAt);
        Write(json, "startedAt", job.StartedAt);
        Write(json, "endedAt", job.EndedAt);
        if (job.Duration is { } duration) json.WriteNumber("durationSeconds", (decimal)duration.Ticks / TimeSpan.TicksPerSecond);
    }

    private static void WriteCost(Utf8JsonWriter json, JobRecord job)
    {
        Write(json, "unitCost", job.UnitCost);
        Write(json, "costSource", job.CostSource);
        Write(json, "reportedCost", job.ReportedCost);
        Write(json, "credits", job.Credits);
    }

    private static void WriteError(Utf8JsonWriter json, JobRecord job)
    {
        Write(json, "errorId", job.ErrorId?.ToString());
        Write(json, "errorMessage", job.ErrorMessage);
        Write(json, "errorStatus", job.ErrorStatus);
        Write(json, "errorType", job.ErrorType);
    }

    private static void Write(Utf8JsonWriter json, RemoteJob remote)
    {
        json.WriteStartObject("remote");
        json.WriteString("id", remote.Id);
        json.WriteString("model", remote.Model);
        Write(json, "statusUri", remote.StatusUri?.OriginalString);
        Write(json, "resultUri", remote.ResultUri?.OriginalString);
        Write(json, "cancelUri", remote.CancelUri?.OriginalString);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RequestPart part)
    {
        json.WriteStartObject("part");
        json.WriteNumber("index", part.Index);
        json.WriteNumber("of", part.Of);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OutputOptions output)
    {
        json.WriteStartObject("output");
        json.WriteString("directory", output.Directory);
        Write(json, "fileName", output.FileName);
        json.WriteString("fileNameTemplate", output.FileNameTemplate);
        json.WriteBoolean("force", output.Force);
        json.WriteBoolean("noDownload", output.NoDownload);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<JobPicture> pictures)
    {
        json.WriteStartArray("pictures");
        foreach (JobPicture picture in pictures)
        {
            json.WriteStartObject();
            Write(json, "uri", picture.Uri?.OriginalString);
            Write(json, "path", picture.Path);
            Write(json, "partialPath", picture.PartialPath);
            Write(json, "width", picture.Width);
            Write(json, "height", picture.Height);
            Write(json, "format", picture.Format?.ToName());
            Write(json, "length", picture.Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    private static void Write(Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    /// <summary>As RFC 3339 writes it, in UTC with a Z, to the tick.</summary>
    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? value)
    {
        if (value is { } time) json.WriteString(name, time.UtcDateTime);
    }
}
