using System.Collections.Concurrent;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Requests;

/// <summary>Refuses in words, before anything is sent, what a provider cannot take.</summary>
internal sealed class RequestValidator(ProviderRegistry registry)
{
    private readonly ConcurrentDictionary<string, OwnedFields> ownedFields = new(StringComparer.Ordinal);

    /// <summary>Checks a request and fills in the provider and the model.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The same request with <see cref="ImageRequest.Provider"/> and <see cref="ImageRequest.Model"/> set.</returns>
    /// <exception cref="NBException">InvalidRequest or OutputFileExists, with the parameter and what would be taken.</exception>
    public ImageRequest Validate(ImageRequest request)
    {
        IImageProvider provider = registry.Find(request.Provider);
        ProviderCapabilities takes = provider.Capabilities;
        CheckPrompt(request);
        CheckCount(request, takes);
        CheckChoices(request, takes);
        CheckFeatures(request, takes);
        CheckReferences(request, takes);
        CheckCallback(request);
        CheckOutput(request);
        request = request with
        {
            Provider = takes.Provider,
            Model = NormaliseModel(request.Model, takes),
            UploadVia = request.UploadVia is null ? null : registry.Find(request.UploadVia).Capabilities.Provider,
        };
        provider.Validate(request);
        if (request.AdditionalProperties.Count > 0) ownedFields.GetOrAdd(takes.Provider, _ => new OwnedFields(provider)).Check(request);
        return request;
    }

    private static void CheckPrompt(ImageRequest request)
    {
        if (!string.IsNullOrWhiteSpace(request.Prompt)) return;
        throw Invalid("Prompt", "The prompt is empty. Say in words what to paint, for example: New-NBImage 'a lighthouse at dusk'.");
    }

    private static void CheckCount(ImageRequest request, ProviderCapabilities takes)
    {
        if (request.Count >= 1 && request.Count <= takes.MaximumCount) return;
        throw Invalid(
            "Count",
            $"{takes.Provider} makes 1 to {takes.MaximumCount} pictures of one request; -Count {request.Count} is not possible. "
            + $"Give the prompt several times instead, for example: @('a cat') * {Math.Clamp(request.Count, 2, 99)} | New-NBImage.");
    }

    private void CheckChoices(ImageRequest request, ProviderCapabilities takes)
    {
        if (request.Resolution is { } resolution && !takes.Resolutions.Contains(resolution))
        {
            throw NotTaken("Resolution", resolution.ToName(), takes, takes.Resolutions.Select(r => r.ToName()), c => c.Resolutions.Contains(resolution));
        }

        if (request.AspectRatio is { } ratio && !takes.AspectRatios.Contains(ratio))
        {
            throw NotTaken("AspectRatio", ratio.ToString(), takes, takes.AspectRatios.Select(r => r.ToString()), c => c.AspectRatios.Contains(ratio));
        }

        if (request.OutputFormat is { } format && !takes.OutputFormats.Contains(format))
        {
            throw NotTaken("OutputFormat", format.ToName(), takes, takes.OutputFormats.Select(f => f.ToName()), c => c.OutputFormats.Contains(format));
        }

        if (request.SafetyTolerance is < 1 or > 6)
        {
            throw Invalid("SafetyTolerance", $"-SafetyTolerance is 1 (strict) to 6; {request.SafetyTolerance} is not possible.");
        }

        if (request.StartTimeout is { } wait && wait <= TimeSpan.FromSeconds(1))
        {
            throw Invalid("StartTimeoutSec", "-StartTimeoutSec must be more than 1 second.");
        }
    }

    private void CheckFeatures(ImageRequest request, ProviderCapabilities takes)
    {
        (bool Asked, Capability Feature, string Parameter)[] wishes =
        [
            (request.Seed is not null, Capability.Seed, "Seed"),
            (request.SafetyTolerance is not null, Capability.SafetyTolerance, "SafetyTolerance"),
            (request.WebSearch, Capability.WebSearch, "WebSearch"),
            (request.ImageSearch, Capability.ImageSearch, "ImageSearch"),
            (request.CallbackUri is not null, Capability.Callback, "CallbackUri"),
            (request.IdempotencyKey is not null, Capability.Idempotency, "IdempotencyKey"),
            (request.ThinkingLevel is not null, Capability.ThinkingLevel, "ThinkingLevel"),
            (request.SystemPrompt is not null, Capability.SystemPrompt, "SystemPrompt"),
            (request.LimitGenerations is not null, Capability.LimitGenerations, "LimitGenerations"),
            (request.NoWait, Capability.Queued, "NoWait"),
            (request.CancelOnStop, Capability.Cancel, "CancelOnStop"),
            (request.SyncMode, Capability.SyncMode, "SyncMode"),
            (request.Direct, Capability.Direct, "Direct"),
            (request.LowPriority, Capability.Priority, "Priority"),
            (request.StartTimeout is not null, Capability.StartTimeout, "StartTimeoutSec"),
            (request.NoProviderRetry, Capability.NoProviderRetry, "NoProviderRetry"),
        ];
        foreach ((bool asked, Capability feature, string parameter) in wishes)
        {
            if (!asked || takes.Has(feature)) continue;
            throw Invalid(parameter, $"{takes.Provider} takes no -{parameter}{Others(c => c.Has(feature))}. Leave it out, or choose such a provider with -Provider.");
        }
    }

    private void CheckReferences(ImageRequest request, ProviderCapabilities takes)
    {
        ProviderCapabilities takesFiles = request.UploadVia is null ? takes : CheckUploadVia(request.UploadVia);
        if (request.Operation == ImageOperation.Edit && request.References.Count == 0)
        {
            throw Invalid("Image", "An edit needs at least one picture: give a path, an https address or an NBImage with -Image.");
        }

        if (request.References.Count > takes.MaximumReferences)
        {
            throw Invalid("Image", $"{takes.Provider} takes at most {takes.MaximumReferences} references; {request.References.Count} were given. Leave some out.");
        }

        foreach (ReferenceImage reference in request.References)
        {
            if (reference.Path is { } path) CheckFile(path, takesFiles);
            else CheckAddress(reference.Address ?? string.Empty, takes);
        }
    }

    private ProviderCapabilities CheckUploadVia(string name)
    {
        ProviderCapabilities via = registry.Find(name).Capabilities;
        if (via.Has(Capability.LocalFiles) && !registry.Find(name).InlinesFiles) return via;
        throw Invalid("UploadVia", $"{via.Provider} keeps no files for others. Use -UploadVia Fal.");
    }

    private static void CheckCallback(ImageRequest request)
    {
        if (request.CallbackUri is not { } uri) return;
        if (!uri.IsAbsoluteUri || uri.Scheme != Uri.UriSchemeHttps) throw Invalid("CallbackUri", "-CallbackUri must be an https address that the provider can reach.");
        if (request.Direct) throw Invalid("CallbackUri", "-Direct waits for the answer itself; -CallbackUri belongs to the queue. Use one of the two.");
    }

    private void CheckFile(string path, ProviderCapabilities takes)
    {
        if (!takes.Has(Capability.LocalFiles))
        {
            throw Invalid(
                "Image",
                $"{takes.Provider} takes only addresses, no local files{Others(c => c.Has(Capability.LocalFiles))}. "
                + "Give an https address, choose such a provider, or add -UploadVia Fal, which needs a key for fal.ai too.");
        }

        var file = new FileInfo(path);
        if (!file.Exists)
        {
            string what = System.IO.Directory.Exists(path) ? "is a folder; name a picture in it" : "does not exist; check the path";
            throw Invalid("Image", $"The reference '{path}' {what}.");
        }

        if (file.Length == 0)
        {
            // Reading a pipe or a device would wait for ever.
            throw new NBException(NBErrorId.InvalidImageContent, $"The reference '{path}' is empty, or is not a regular file. Use a PNG, JPEG or WebP file.") { Parameter = "Image" };
        }

        if (file.Length > takes.MaximumReferenceLength)
        {
            throw new NBException(
                NBErrorId.InvalidImageContent,
                $"The reference '{path}' has {file.Length:N0} bytes; {takes.Provider} takes at most {takes.MaximumReferenceLength:N0}. Make it smaller.")
            { Parameter = "Image" };
        }
    }

    private void CheckAddress(string address, ProviderCapabilities takes)
    {
        if (address.StartsWith("data:image/", StringComparison.OrdinalIgnoreCase))
        {
            if (takes.Has(Capability.DataUris)) return;
            throw Invalid("Image", $"{takes.Provider} takes no data URIs as references{Others(c => c.Has(Capability.DataUris))}. Give an https address.");
        }

        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps) return;
        throw new NBException(NBErrorId.UnsafeUrl, $"The reference '{Shorten(address)}' is neither a file nor an https address. Download it and give the file.")
        {
            Parameter = "Image",
        };
    }

    private static void CheckOutput(ImageRequest request)
    {
        OutputOptions output = request.Output;
        FileNames.CheckTemplate(output.FileNameTemplate);
        if (request.SyncMode && output.NoDownload)
        {
            throw Invalid("NoDownload", "-SyncMode brings the picture inside the answer and leaves no address: with -NoDownload it would be lost. Use one of the two.");
        }

        if (output.FileName is null || output.NoDownload) return;
        string stem = System.IO.Path.GetFileNameWithoutExtension(output.FileName);
        if (stem.Length == 0 || FileNames.Legal(stem) != stem)
        {
            throw Invalid("OutFile", $"'{output.FileName}' is no file name that every system takes. Try '{FileNames.Legal(stem)}'.");
        }

        for (int number = 1; number <= request.Count; number++)
        {
            string name = request.Count == 1 ? output.FileName : $"{stem}-{number}{System.IO.Path.GetExtension(output.FileName)}";
            string path = System.IO.Path.Combine(output.Directory, name);
            if (System.IO.Directory.Exists(path)) throw Invalid("OutFile", $"'{path}' is a folder. Name a file in it, or use -OutDirectory.");
            if (output.Force || !System.IO.File.Exists(path)) continue;
            throw new NBException(NBErrorId.OutputFileExists, $"The file '{path}' exists. Choose another -OutFile, or write over it with -Force.")
            {
                Parameter = "OutFile",
            };
        }
    }

    /// <summary>A name that is another provider's is refused; one that nobody knows may be new, and the provider says what it is.</summary>
    private string NormaliseModel(string? model, ProviderCapabilities takes)
    {
        if (string.IsNullOrWhiteSpace(model)) return takes.Models[0];
        string name = model.Trim();
        if (takes.FindModel(name) is { } id) return id;
        string others = Others(other => other.FindModel(name) is not null);
        return others.Length == 0 ? name : throw Invalid("Model", $"{takes.Provider} has no model '{name}'{others}. Its models: {string.Join(", ", takes.Models)}.");
    }

    private NBException NotTaken(string parameter, string value, ProviderCapabilities takes, IEnumerable<string> values, Func<ProviderCapabilities, bool> would) =>
        Invalid(parameter, $"{takes.Provider} takes no -{parameter} {value}; it takes {string.Join(", ", values)}{Others(would)}.");

    private string Others(Func<ProviderCapabilities, bool> would)
    {
        string[] names = [.. registry.All.Select(p => p.Capabilities).Where(would).Select(c => c.Provider)];
        return names.Length switch
        {
            0 => string.Empty,
            1 => $" ({names[0]} does)",
            _ => $" ({string.Join(", ", names[..^1])} and {names[^1]} do)",
        };
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : string.Concat(text.AsSpan(0, 57), "...");

    private static NBException Invalid(string parameter, string message) => new(NBErrorId.InvalidRequest, message) { Parameter = parameter };
}
