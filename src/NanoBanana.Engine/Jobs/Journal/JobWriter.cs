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
            json.WriteKnown("prompt", keepPrompt ? job.Prompt : null);
            json.WriteKnown("promptHash", keepPrompt || job.Prompt is null ? job.PromptHash : NBJob.HashPrompt(job.Prompt));
            json.WriteNumber("count", job.Count);
            json.WriteKnown("resolution", job.Resolution?.ToName());
            json.WriteKnown("aspectRatio", job.AspectRatio?.ToString());
            json.WriteKnown("outputFormat", job.OutputFormat?.ToName());
            json.WriteKnown("seed", job.Seed);
            json.WriteBoolean("sandbox", job.Sandbox);
            if (job.Settings.ToKeep(keepPrompt) is { } settings)
            {
                json.WritePropertyName("request");
                JsonSerializer.Serialize(json, settings, JobFileContext.Default.RequestSettings);
            }

            WriteTimes(json, job);
            if (job.Remote is { } remote) Write(json, remote);
            json.WriteKnown("queuePosition", job.QueuePosition);
            WriteCost(json, job);
            json.WriteKnown("idempotencyKey", job.IdempotencyKey);
            json.WriteKnown("submitBody", keepPrompt ? job.SubmitBody : null);
            if (job.SendStarted is { } hasStarted) json.WriteBoolean("sendStarted", hasStarted);
            if (job.Part is { } part) Write(json, part);
            Write(json, job.Output);
            if (job.Pictures.Count > 0) Write(json, job.Pictures);
            if (job.FurtherUris.Count > 0)
            {
                json.WriteStartArray("furtherUris");
                foreach (Uri uri in job.FurtherUris) json.WriteStringValue(uri.OriginalString);
                json.WriteEndArray();
            }

            json.WriteKnown("description", job.Description);
            WriteError(json, job);
            json.WriteKnown("processId", job.ProcessId);
            json.WriteKnown("machineName", job.MachineName);
            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    private static void WriteTimes(Utf8JsonWriter json, JobRecord job)
    {
        json.WriteKnown("createdAt", job.CreatedAt);
        json.WriteKnown("updatedAt", job.UpdatedAt);
        json.WriteKnown("submittedAt", job.SubmittedAt);
        json.WriteKnown("startedAt", job.StartedAt);
        json.WriteKnown("endedAt", job.EndedAt);
        if (job.Duration is { } duration && duration >= TimeSpan.Zero) json.WriteNumber("durationSeconds", (decimal)duration.Ticks / TimeSpan.TicksPerSecond);
    }

    private static void WriteCost(Utf8JsonWriter json, JobRecord job)
    {
        json.WriteKnown("unitCost", job.UnitCost);
        json.WriteKnown("costSource", job.CostSource);
        json.WriteKnown("reportedCost", job.ReportedCost);
        json.WriteKnown("credits", job.Credits);
    }

    private static void WriteError(Utf8JsonWriter json, JobRecord job)
    {
        json.WriteKnown("errorId", job.ErrorId?.ToString());
        json.WriteKnown("errorMessage", job.ErrorMessage);
        json.WriteKnown("errorStatus", job.ErrorStatus);
        json.WriteKnown("errorType", job.ErrorType);
    }

    private static void Write(Utf8JsonWriter json, RemoteJob remote)
    {
        json.WriteStartObject("remote");
        json.WriteString("id", remote.Id);
        json.WriteString("model", remote.Model);
        json.WriteKnown("statusUri", remote.StatusUri?.OriginalString);
        json.WriteKnown("resultUri", remote.ResultUri?.OriginalString);
        json.WriteKnown("cancelUri", remote.CancelUri?.OriginalString);
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
        json.WriteKnown("fileName", output.FileName);
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
            json.WriteKnown("uri", picture.Uri?.OriginalString);
            json.WriteKnown("path", picture.Path);
            json.WriteKnown("partialPath", picture.PartialPath);
            json.WriteKnown("width", picture.Width);
            json.WriteKnown("height", picture.Height);
            json.WriteKnown("format", picture.Format?.ToName());
            json.WriteKnown("length", picture.Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
