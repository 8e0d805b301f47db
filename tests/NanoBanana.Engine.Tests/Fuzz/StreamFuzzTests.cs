using System.Text;
using NanoBanana.Engine.Imaging;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Fuzz;

/// <summary>What is read while it arrives: event streams, pictures inside JSON, and the first bytes of files.</summary>
public sealed class StreamFuzzTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_broken_event_stream_ends_or_is_told_to_be_broken()
    {
        byte[][] samples = [.. Events().Select(Encoding.UTF8.GetBytes)];
        Mutation.Try(samples, (seed, input) =>
        {
            using var source = new CountedStream(input, 1 + (seed % 64));
            var reader = new SseReader(source);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int events = 0;
            try
            {
                while (!Now(reader.ReadAsync(CancellationToken.None)).IsEnd) events++;
            }
            catch (BrokenAnswerException)
            {
                // The one that is documented.
            }

            Assert.InRange(events, 0, input.Length);
            Assert.InRange(source.Reads, 1, source.MostReads);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65_536 + (256L * input.Length));
        });
    }

    [Fact]
    public void An_event_that_never_ends_is_given_up()
    {
        using var endless = new CountedStream(Encoding.UTF8.GetBytes("data: " + new string('x', 2 * 1024 * 1024)), 4096);
        var reader = new SseReader(endless);

        Assert.Throws<BrokenAnswerException>(() => Now(reader.ReadAsync(CancellationToken.None)));
        Assert.InRange(endless.Reads, 1, 260);
    }

    [Fact]
    public void A_broken_answer_with_pictures_leaves_no_file_or_whole_ones()
    {
        byte[][] samples = [.. WithPictures().Select(Encoding.UTF8.GetBytes)];
        Mutation.Try(samples, (seed, input) =>
        {
            bool onDisk = seed % 50 == 0; // The disk is slow, and the rest is the same.
            using var source = new CountedStream(input, 1 + (seed % 64));
            var written = new List<MemoryStream>();
            var named = new List<string>();
            Stream Create(string path)
            {
                written.Add(new MemoryStream());
                return written[^1];
            }

            string Name(int index)
            {
                named.Add(folder.File(FormattableString.Invariant($"{seed}-{index}")));
                return named[^1];
            }

            try
            {
                (ReadOnlyMemory<byte> json, IReadOnlyList<string> files) = Now(new JsonPictureSplitter(2048, 256, onDisk ? null : Create).SplitAsync(source, Name, CancellationToken.None));
                Assert.InRange(json.Length, 0, 2048);
                Assert.Equal(named, files);
                Assert.All(written, picture => Assert.InRange(picture.ToArray().Length, 0, 256));
                if (onDisk) Assert.All(files.Where(File.Exists), file => Assert.InRange(new FileInfo(file).Length, 0, 256)); // One that is broken is deleted.
                if (onDisk) files.ToList().ForEach(File.Delete);
            }
            catch (Exception exception) when (exception is BrokenAnswerException or NBException)
            {
                if (onDisk) Assert.DoesNotContain(named, File.Exists);
            }

            Assert.All(written, picture => Assert.False(picture.CanWrite, "a picture is still open"));

            Assert.InRange(source.Reads, 1, source.MostReads);
        });
    }

    [Fact]
    public void An_answer_of_very_many_pictures_is_given_up()
    {
        string many = "[" + string.Join(',', Enumerable.Repeat("\"data:;base64,\"", 1000)) + "]";
        using var source = new CountedStream(Encoding.UTF8.GetBytes(many), 1024);
        var named = new List<string>();

        Assert.Throws<BrokenAnswerException>(() => Now(new JsonPictureSplitter(1 << 20, 256).SplitAsync(
            source,
            index =>
            {
                named.Add(folder.File(FormattableString.Invariant($"many-{index}")));
                return named[^1];
            },
            CancellationToken.None)));
        Assert.InRange(named.Count, 1, 256);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void Any_first_bytes_are_a_picture_or_none()
    {
        byte[][] samples =
        [
            Pictures.Png(), Pictures.Jpeg(640, 480), Pictures.Jpeg(640, 480, 0xC2, Pictures.Segment(0xE1, new byte[64]), Pictures.Segment(0xFE, [1])),
            Pictures.WebPLossy(64, 64), Pictures.WebPLossless(64, 64), Pictures.WebPExtended(64, 64),
        ];
        Mutation.Try(samples, (_, input) =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool isPicture = ImageHeader.TryRead(input, out ImageHeader? header);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
            Assert.Equal(isPicture, header is not null);
            Assert.True(header is null or { Width: > 0, Height: > 0 });
        });
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xFF, 0x01 })]
    [InlineData(new byte[] { 0xFF, 0xE0, 0, 2 })]
    [InlineData(new byte[] { 0xFF, 0xE0, 0, 0 })]
    public void A_JPEG_that_never_comes_to_its_size_is_no_picture(byte[] repeated)
    {
        byte[] bytes = [0xFF, 0xD8, .. Enumerable.Repeat(repeated, 256 * 1024 / repeated.Length).SelectMany(part => part)];

        Assert.False(ImageHeader.TryRead(bytes, out _));
    }

    private static string[] Events() =>
    [
        ": ping\n\ndata: {\"status\":\"IN_QUEUE\",\"queue_position\":1}\n\ndata: {\"status\":\"COMPLETED\"}\n\n",
        "event: status\r\nid: 7\r\nretry: 100\r\ndata: a\r\ndata: b\r\n\r\n",
        "\uFEFFdata:x\r\rdata\r\r:\r\r",
        "data: äöü 夕暮れ 🏮\n\ndata:\n\n\n\n\n",
    ];

    private static string[] WithPictures() =>
    [
        """{"images":[{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}],"description":"one"}""",
        """["data:image\/jpeg;base64,QUJD\/\/8\u002B\u002B\n==","data:;base64,","data:text/plain,hello","https://example.com/a.png"]""",
        """{"a":"da","b":"data:","c":"data:image/png;base64","d":"\"\\","e":"data:\u0069mage/png;base64,QUJD"}""",
        """{"images":[{"url":"https://v3.fal.media/a.png"}],"description":"data: none here, really;base64,"}""",
    ];

    /// <summary>These streams answer at once, so the task has ended already.</summary>
    private static T Now<T>(Task<T> task) => task.GetAwaiter().GetResult();

    /// <summary>Gives bytes out in pieces and counts how often it is asked: a reader that asks on and on has lost its way.</summary>
    private sealed class CountedStream(byte[] bytes, int piece) : MemoryStream(bytes, writable: false)
    {
        public int Reads { get; private set; }

        public int MostReads { get; } = (bytes.Length / piece) + 3;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return new ValueTask<int>(Read(buffer.Span[..Math.Min(piece, buffer.Length)]));
        }
    }
}
