namespace NanoBanana.Sandbox.Storage;

/// <summary>
/// The providers' file hosts. Memory is bounded: of pictures only the newest are held as bytes (the rest are painted
/// again when asked for), of uploads the oldest are forgotten.
/// </summary>
internal sealed class MediaStore
{
    /// <summary>Bytes of finished pictures held.</summary>
    public const long PictureBudget = 16L << 20;

    /// <summary>Bytes of uploads held.</summary>
    public const long UploadBudget = 512L << 20;

    private readonly object _gate = new();
    private readonly Dictionary<string, MediaItem> _items = new(StringComparer.Ordinal);
    private readonly Queue<MediaItem> _pictures = new();
    private readonly Queue<string> _uploads = new();
    private long _pictureBytes;
    private long _uploadBytes;

    public MediaItem? Find(string path)
    {
        lock (_gate)
            return _items.GetValueOrDefault(path);
    }

    public void AddPicture(string path, MediaItem picture)
    {
        lock (_gate)
        {
            _items[path] = picture;
            _pictures.Enqueue(picture);
            _pictureBytes += picture.Length;
            while (_pictureBytes > PictureBudget && _pictures.TryDequeue(out var oldest))
            {
                _pictureBytes -= oldest.Length;
                oldest.LetGo();
            }
        }
    }

    public void AddUpload(string path, MediaItem upload)
    {
        lock (_gate)
        {
            if (_items.TryGetValue(path, out var replaced))
                _uploadBytes -= replaced.Length;
            else
                _uploads.Enqueue(path);
            _items[path] = upload;
            _uploadBytes += upload.Length;
            while (_uploadBytes > UploadBudget && _uploads.Count > 1 && _uploads.TryDequeue(out var oldest))
            {
                _uploadBytes -= _items[oldest].Length;
                _items.Remove(oldest);
            }
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _items.Clear();
            _pictures.Clear();
            _uploads.Clear();
            _pictureBytes = 0;
            _uploadBytes = 0;
        }
    }
}
