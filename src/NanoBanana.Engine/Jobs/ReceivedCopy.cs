using System.Security.Cryptography;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Jobs;

/// <summary>Copies images that were received before to another folder.</summary>
internal static class ReceivedCopy
{
    /// <summary>Writes the copies. What is in the journal stays as it is.</summary>
    /// <param name="job">The received job.</param>
    /// <param name="directory">The folder.</param>
    /// <returns>The job with the paths of the copies; a file that is gone keeps its path.</returns>
    /// <exception cref="NBException">OutputFileExists, or OutputWriteFailed.</exception>
    public static JobRecord Write(JobRecord job, string directory) => job with { Pictures = [.. job.Pictures.Select(image => image with { Path = Write(image.Path, directory) })] };

    private static string? Write(string? source, string directory)
    {
        if (source is null || !File.Exists(source)) return source;
        string target = Path.Combine(directory, Path.GetFileName(source));
        try
        {
            Directory.CreateDirectory(directory);
            if (File.Exists(target)) return IsSame(source, target) ? target : throw new NBException(NBErrorId.OutputFileExists, $"The file '{target}' exists. Choose another -OutDirectory, or remove it.") { Parameter = "OutDirectory" };
            File.Copy(source, target);
            return target;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NBException(NBErrorId.OutputWriteFailed, $"'{source}' could not be copied to '{directory}': {exception.Message}", exception) { Parameter = "OutDirectory" };
        }
    }

    private static bool IsSame(string source, string target)
    {
        using FileStream one = FileContents.OpenStream(source);
        using FileStream other = FileContents.OpenStream(target);
        return one.Length == other.Length && SHA256.HashData(one).AsSpan().SequenceEqual(SHA256.HashData(other));
    }
}
