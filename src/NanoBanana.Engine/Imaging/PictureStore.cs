using System.Collections.Concurrent;
using System.Globalization;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;

namespace NanoBanana.Engine.Imaging;

/// <summary>
/// Brings pictures to their place: first under a name that ends in <c>.partial</c>, then, when their bytes have been
/// looked at, under their own name; never over an existing file unless asked, and always inside the folder.
/// </summary>
internal sealed class PictureStore
{
    /// <summary>The files that this run wrote over others: what is paid twice in one run is meant to be two pictures.</summary>
    private readonly ConcurrentDictionary<string, string> replaced = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, bool> checkedFolders = new(StringComparer.Ordinal);

    /// <summary>Makes the folder and proves that it can be written to, before anything is paid.</summary>
    /// <exception cref="NBException">OutputWriteFailed.</exception>
    public void Ensure(OutputOptions output)
    {
        if (output.NoDownload || checkedFolders.ContainsKey(output.Directory)) return;
        try
        {
            Directory.CreateDirectory(output.Directory);
            string probe = Path.Combine(output.Directory, $".nb-{Guid.NewGuid():n}.partial");
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
            checkedFolders[output.Directory] = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NBException(
                NBErrorId.OutputWriteFailed,
                $"The folder '{output.Directory}' cannot be written to ({exception.Message}). Choose another with -OutDirectory; nothing was sent.",
                exception)
            { Parameter = "OutDirectory" };
        }
    }

    /// <summary>A name for a picture that is not yet whole, in the folder where it will stay.</summary>
    public static string PartialPath(OutputOptions output, string jobId, int index) =>
        Path.Combine(output.Directory, string.Create(CultureInfo.InvariantCulture, $".{jobId}-{index}-{Guid.NewGuid():n}.partial"));

    /// <summary>Gives a whole picture its name.</summary>
    /// <param name="partial">The file as it was received.</param>
    /// <param name="job">Its job.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="index">Its number within the job, from 0.</param>
    /// <param name="mayBeThere">Whether a file of the wanted name with the same bytes counts as this picture, kept before a crash.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Where it lies now, what its bytes say, and what the user should know.</returns>
    /// <exception cref="NBException">InvalidImageContent: the bytes are no picture.</exception>
    public async Task<StoredPicture> KeepAsync(
        string partial, JobRecord job, OutputOptions output, int index, bool mayBeThere, CancellationToken cancellationToken)
    {
        ImageHeader header = await ImageHeader.ReadFileAsync(partial, cancellationToken).ConfigureAwait(false)
            ?? throw new NBException(
                NBErrorId.InvalidImageContent,
                string.Create(CultureInfo.InvariantCulture, $"What {job.Provider} sent is not a PNG, JPEG or WebP file: {new FileInfo(partial).Length:N0} bytes of something else. It was not kept. Receive-NBJob {job.Id} fetches it again."));

        var warnings = new List<string>();
        string extension = header.Format.ToExtension();
        string? asked = output.FileName is null ? null : Path.GetExtension(output.FileName);
        if (asked?.Length > 0 && !(Vocabulary.TryParseFormat(asked, out ImageFormat format) && format == header.Format))
        {
            warnings.Add($"'{output.FileName}' was asked for, but the picture is {header.Format.ToName()}; it is kept as '{extension}'.");
        }
        else if (job.OutputFormat is { } wanted && wanted != header.Format)
        {
            warnings.Add($"-OutputFormat {wanted.ToName()} was asked for, but {job.Provider} sent {header.Format.ToName()}.");
        }
        else if (asked?.Length > 0)
        {
            extension = asked; // .jpeg stays .jpeg.
        }

        string stem = Stem(job, output, index);
        string path = Move(partial, output, stem, extension, new MoveRules(job.Id, mayBeThere), warnings);
        return new StoredPicture(path, header, new FileInfo(path).Length, warnings);
    }

    private static string Stem(JobRecord job, OutputOptions output, int index)
    {
        int of = Math.Max(job.Part?.Of ?? job.Count, job.Pictures.Count);
        string number = ((job.Part?.Index ?? index) + 1).ToString(CultureInfo.InvariantCulture);
        if (output.FileName is { } name)
        {
            string chosen = Path.GetFileNameWithoutExtension(name);
            return of > 1 ? $"{chosen}-{number}" : chosen;
        }

        string stem = FileNames.Stem(output.FileNameTemplate, token => token switch
        {
            "slug" => FileNames.Slug(job.Prompt),
            "job" => job.Id,
            "index" => number,
            "provider" => job.Provider.ToLowerInvariant(),
            "model" => job.Model,
            "seed" => job.Seed?.ToString(CultureInfo.InvariantCulture) ?? "noseed",
            "resolution" => (job.Resolution ?? ImageResolution.OneK).ToName(),
            "ratio" => (job.AspectRatio ?? default).ToString().Replace(':', 'x'),
            "date" => job.CreatedAt.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ => job.CreatedAt.ToString("HHmmss", CultureInfo.InvariantCulture),
        });
        bool needsNumber = of > 1 && !output.FileNameTemplate.Contains("{index}", StringComparison.OrdinalIgnoreCase);
        return needsNumber ? $"{stem}-{number}" : stem;
    }

    /// <summary>A paid picture is never thrown away for a name that is taken: it gets the next free one, and the user is told.</summary>
    private string Move(string partial, OutputOptions output, string stem, string extension, MoveRules rules, List<string> warnings)
    {
        string wanted = Inside(output.Directory, stem + extension);
        bool isAskedFor = output.FileName is null || Path.GetExtension(output.FileName) is "" || extension == Path.GetExtension(output.FileName);
        bool mayReplace = output.Force && isAskedFor && !Directory.Exists(wanted);
        if (mayReplace && !replaced.TryAdd(wanted, wanted)) warnings.Add($"'{wanted}' holds another picture of this command, which -Force does not replace.");
        else if (mayReplace)
        {
            File.Move(partial, wanted, overwrite: true);
            return wanted;
        }

        for (int attempt = 0; ; attempt++)
        {
            string path = attempt switch
            {
                0 => wanted,
                1 => Inside(output.Directory, $"{stem}-{rules.JobId}{extension}"),
                _ => Inside(output.Directory, string.Create(CultureInfo.InvariantCulture, $"{stem}-{rules.JobId}-{attempt}{extension}")),
            };
            if (!TryTake(path, mayFail: attempt < 100) && !WasTakenForIt(path, rules))
            {
                if (!rules.MayBeThere || !IsSame(path, partial)) continue;
                File.Delete(partial);
                return path;
            }

            try
            {
                File.Move(partial, path, overwrite: true);
            }
            catch
            {
                File.Delete(path);
                throw;
            }

            if (attempt > 0 && output.FileName is not null) warnings.Add($"'{wanted}' exists meanwhile; the picture is kept as '{path}'.");
            return path;
        }
    }

    /// <summary>Takes away what a process left that died while it fetched this job's pictures.</summary>
    /// <param name="job">A job that nobody else works on.</param>
    public static void Sweep(JobRecord job)
    {
        try
        {
            foreach (string left in Directory.EnumerateFiles(job.Output.Directory, $".{job.Id}-*.partial"))
            {
                if (!job.Pictures.Any(picture => picture.PartialPath == left)) File.Delete(left);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No folder, nothing to take away; one that cannot be read is told when it is written to.
        }
    }

    /// <summary>An empty file whose name holds this job's id: whoever took the name for it died before the picture was there.</summary>
    private static bool WasTakenForIt(string path, MoveRules rules) =>
        rules.MayBeThere && Path.GetFileName(path).Contains(rules.JobId, StringComparison.Ordinal) && new FileInfo(path) is { Exists: true, Length: 0 };

    private static bool IsSame(string path, string other)
    {
        using var first = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var second = new FileStream(other, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (first.Length != second.Length) return false;
        Span<byte> a = stackalloc byte[4096];
        Span<byte> b = stackalloc byte[4096];
        int read;
        while ((read = first.ReadAtLeast(a, a.Length, throwOnEndOfStream: false)) > 0)
        {
            if (second.ReadAtLeast(b[..read], read, throwOnEndOfStream: false) != read || !a[..read].SequenceEqual(b[..read])) return false;
        }

        return true;
    }

    /// <summary>
    /// Takes a name with an empty file of our own: a move alone does not, for on Unix it looks and then renames, and two
    /// that look at once would both win.
    /// </summary>
    private static bool TryTake(string path, bool mayFail)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && mayFail && Path.Exists(path))
        {
            return false;
        }
    }

    /// <summary>How a name is chosen when the wanted one is taken.</summary>
    private sealed record MoveRules(string JobId, bool MayBeThere);

    private static string Inside(string directory, string name)
    {
        string folder = Path.GetFullPath(directory);
        string path = Path.GetFullPath(Path.Combine(folder, name));
        if (Path.GetDirectoryName(path) is { } parent && string.Equals(Path.TrimEndingDirectorySeparator(folder), parent, StringComparison.Ordinal)) return path;
        if (string.Equals(folder, Path.GetPathRoot(folder), StringComparison.Ordinal) && Path.GetDirectoryName(path) == folder) return path;
        throw new NBException(NBErrorId.InvalidRequest, $"'{name}' would lie outside of '{directory}'. Choose another name.");
    }
}

/// <summary>A picture that has its place.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Header">What its bytes say.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Warnings">What the user should know.</param>
internal sealed record StoredPicture(string Path, ImageHeader Header, long Length, IReadOnlyList<string> Warnings);
