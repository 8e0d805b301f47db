using System.Net.Http.Headers;
using NanoBanana.Engine.Providers;

namespace NanoBanana.Engine.Transport;

/// <summary>Files as bodies of requests, read while they are sent.</summary>
internal static class FileContents
{
    /// <summary>The file as it is.</summary>
    public static HttpContent Open(LocalPicture file) => new StreamContent(OpenStream(file.Path))
    {
        Headers = { ContentType = new MediaTypeHeaderValue(file.MediaType) },
    };

    /// <summary>Opens a file for reading once, from its start to its end.</summary>
    public static FileStream OpenStream(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
}
