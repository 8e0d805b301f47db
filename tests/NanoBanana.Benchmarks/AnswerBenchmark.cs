using System.Text.Json;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Benchmarks;

/// <summary>A picture that comes as base64 inside the answer, to disk, beside the usual way: parse, decode, write.</summary>
internal static class AnswerBenchmark
{
    private const int PictureBytes = 18 * 1024 * 1024; // 24 MiB of base64.
    private const double Mebibyte = 1024 * 1024;

    public static async IAsyncEnumerable<Figure> RunAsync()
    {
        using var folder = new ScratchFolder();
        await SplitAsync(folder, 48 * 1024);
        await ParseAsync(folder, 48 * 1024);

        (double allocated, double resident) ours = await MeasureAsync(() => SplitAsync(folder, PictureBytes));
        (double allocated, double resident) baseline = await MeasureAsync(() => ParseAsync(folder, PictureBytes));
        yield return new Figure("24 MiB base64 answer to disk, allocated", ours.allocated, baseline.allocated, "MiB", 1);
        yield return new Figure("24 MiB base64 answer to disk, more resident", ours.resident, baseline.resident, "MiB", 8);
    }

    private static async Task SplitAsync(ScratchFolder folder, int bytes)
    {
        string path = Path.Combine(folder.Path, $"{Guid.NewGuid():n}.partial");
        var splitter = new JsonPictureSplitter(largestJson: 1024 * 1024, largestPicture: 64L * 1024 * 1024);
        await using var answer = new Base64Answer(bytes);
        (_, IReadOnlyList<string> files) = await splitter.SplitAsync(answer, _ => path, CancellationToken.None);
        Check(files[0], bytes);
    }

    private static async Task ParseAsync(ScratchFolder folder, int bytes)
    {
        string path = Path.Combine(folder.Path, $"{Guid.NewGuid():n}.png");
        await using var answer = new Base64Answer(bytes);
        using JsonDocument json = await JsonDocument.ParseAsync(answer);
        string url = json.RootElement.GetProperty("images")[0].GetProperty("url").GetString()!;
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(url[(url.IndexOf(',', StringComparison.Ordinal) + 1)..]));
        Check(path, bytes);
    }

    private static void Check(string path, int bytes)
    {
        if (new FileInfo(path).Length != bytes) throw new InvalidOperationException($"{path} has not {bytes} bytes.");
        File.Delete(path);
    }

    private static async Task<(double Allocated, double Resident)> MeasureAsync(Func<Task> work)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        long residentBefore = Environment.WorkingSet;
        long peak = residentBefore;
        using var ended = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            while (!ended.Wait(1)) peak = Math.Max(peak, Environment.WorkingSet);
        });
        sampler.Start();
        await work();
        ended.Set();
        sampler.Join();
        return ((GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore) / Mebibyte, (peak - residentBefore) / Mebibyte);
    }

    /// <summary>An answer with a picture inside, made while it is read, so that it takes no memory itself.</summary>
    private sealed class Base64Answer(int pictureBytes) : Stream
    {
        private static readonly byte[] Head = "{\"images\":[{\"url\":\"data:image/png;base64,"u8.ToArray();
        private static readonly byte[] Tail = "\",\"content_type\":\"image/png\"}],\"description\":\"\"}"u8.ToArray();
        private readonly long base64Length = pictureBytes / 3 * 4;
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = 0;
            while (read < buffer.Length && Take(buffer[read..]) is > 0 and int taken)
            {
                read += taken;
                position += taken;
            }

            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(Read(buffer.AsSpan(offset, count)));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Take(Span<byte> buffer)
        {
            if (position < Head.Length) return Copy(Head.AsSpan((int)position), buffer);
            long inPicture = position - Head.Length;
            if (inPicture >= base64Length)
            {
                long inTail = inPicture - base64Length;
                return inTail >= Tail.Length ? 0 : Copy(Tail.AsSpan((int)inTail), buffer);
            }

            int length = (int)Math.Min(buffer.Length, base64Length - inPicture);
            buffer[..length].Fill((byte)'Q');
            return length;
        }

        private static int Copy(ReadOnlySpan<byte> from, Span<byte> to)
        {
            int length = Math.Min(from.Length, to.Length);
            from[..length].CopyTo(to);
            return length;
        }
    }
}
