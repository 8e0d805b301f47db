using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Transport;

namespace NanoBanana.Engine.Tests.Transport;

public sealed class JsonPictureRoundTripTests
{
    /// <summary>Any texts and any pictures, written by the JSON writer of the platform, in pieces of any length.</summary>
    [Fact]
    public void Texts_and_pictures_come_back_as_they_went_in()
    {
        Gen<string> text = Gen.OneOf(
            ArbMap.Default.GeneratorFor<UnicodeString>().Select(value => value.Get ?? string.Empty),
            Gen.Elements("data:", "data:x,", "\"", "\\", "data:image/png;base64", "data:\u0001,", "nb-picture:0"));
        Gen<byte[]> picture = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();
        Gen<(string[] Texts, byte[][] Pictures, int Chunk)> cases =
            text.ArrayOf().SelectMany(texts => picture.ArrayOf().SelectMany(pictures => Gen.Choose(1, 40).Select(chunk => (texts, pictures, chunk))));

        Prop.ForAll(cases.ToArbitrary(), item => RoundTrip(item.Texts, item.Pictures, item.Chunk)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_picture_longer_than_a_block_comes_back_as_it_went_in() =>
        Prop.ForAll(Gen.Choose(40_000, 150_000).ToArbitrary(), Gen.Choose(1000, 70_000).ToArbitrary(), (length, chunk) =>
        {
            byte[] picture = new byte[length];
            new Random(length).NextBytes(picture);
            return RoundTrip(["x"], [picture], chunk);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    private static bool RoundTrip(string[] texts, byte[][] pictures, int chunk)
    {
        using var folder = new TempFolder();
        string[] uris = [.. pictures.Select(picture => "data:image/png;base64," + Convert.ToBase64String(picture))];
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new { before = texts, uris, after = texts });

        (ReadOnlyMemory<byte> rest, IReadOnlyList<string> files) = new JsonPictureSplitter(10_000_000, 1_000_000)
            .SplitAsync(new ChunkedStream(json, chunk), index => folder.File($"{index}.partial"), CancellationToken.None).GetAwaiter().GetResult();

        string expected = JsonSerializer.Serialize(new { before = texts, uris = uris.Select((_, index) => $"nb-picture:{index}"), after = texts });
        return Encoding.UTF8.GetString(rest.Span) == expected && files.Select(File.ReadAllBytes).Zip(pictures).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }
}
