using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Providers;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Benchmarks;

/// <summary>A job as people have them, in each of its states.</summary>
internal static class SampleJob
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public static JobRecord At(DateTimeOffset at, NBJobState state) => In(
        new JobRecord
        {
            Id = JobId.New(at),
            State = state,
            Provider = "Fal",
            Model = "fal-ai/nano-banana-2",
            Operation = ImageOperation.Generate,
            Prompt = "a lighthouse at dusk, seen from the sea, with a storm coming up behind it",
            Resolution = ImageResolution.TwoK,
            Output = new OutputOptions { Directory = Path.GetTempPath() },
            CreatedAt = at,
            UpdatedAt = at,
            UnitCost = 0.12m,
            CostSource = "Catalogue",
            ProcessId = Environment.ProcessId,
            MachineName = Environment.MachineName,
        },
        state);

    public static JobRecord In(JobRecord job, NBJobState state)
    {
        const string Request = "https://queue.fal.run/fal-ai/nano-banana-2/requests/7d8f3c52-0000-4000-8000-000000000000";
        return job with
        {
            State = state,
            Remote = state == NBJobState.Intent ? null : new RemoteJob
            {
                Id = "7d8f3c52-0000-4000-8000-000000000000",
                Model = job.Model,
                StatusUri = new Uri(Request + "/status"),
                ResultUri = new Uri(Request),
                CancelUri = new Uri(Request + "/cancel"),
            },
            Pictures = state < NBJobState.Succeeded ? [] : [new JobPicture { Uri = new Uri("https://v3.fal.media/files/b/a.webp"), Width = 2048, Height = 2048, Format = ImageFormat.WebP, Length = 1_234_567 }],
        };
    }
}
