using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Sandbox.Decoders;
using NanoBanana.Sandbox.Faults;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Tests;

public sealed class DecoderTests
{
    private static readonly byte[][] Sound =
    [
        Sample(PictureFormat.Png),
        Sample(PictureFormat.Jpeg),
        Sample(PictureFormat.Webp),
    ];

    private static byte[] Sample(PictureFormat format) =>
        new PictureRecipe("a sample", "1", 0, new PixelSize(64, 48), format, []).Make();

    [Fact]
    public void Bytes_that_are_no_picture_are_refused() =>
        Assert.Throws<PictureFormatException>(static () => PictureDecoder.Decode("hello"u8.ToArray()));

    [Fact]
    public void A_picture_cut_short_is_refused_or_read_but_never_crashes()
    {
        foreach (var sample in Sound)
        {
            for (var length = 0; length < sample.Length; length++)
                Survives(sample[..length]);
        }
    }

    [Fact]
    public void Mutated_pictures_are_refused_or_read_but_never_crash()
    {
        var mutations = ArbMap.Default.ArbFor<(int, int, byte)[]>();
        Prop.ForAll(mutations, static changes => Sound.All(sample =>
        {
            var copy = (byte[])sample.Clone();
            foreach (var (place, _, value) in changes)
                copy[(int)((uint)place % copy.Length)] = value;
            return Survives(copy);
        })).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Pictures_of_impossible_size_are_refused_before_memory_is_taken()
    {
        var png = (byte[])Sound[0].Clone();
        png[16] = 0x7F;
        Assert.Throws<PictureFormatException>(() => PictureDecoder.Decode(png));
    }

    [Fact]
    public void Data_that_asks_for_a_dictionary_is_refused()
    {
        var png = (byte[])Sound[0].Clone();
        // The second byte of the zlib stream, with its dictionary flag set and its check right.
        png[42] = 0x20;
        Assert.Throws<PictureFormatException>(() => PictureDecoder.Decode(png));
    }

    [Fact]
    public void Fault_lists_of_any_text_are_read_or_refused_in_words()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), static text =>
        {
            try
            {
                return FaultPlan.Parse(text ?? "").Rules is not null;
            }
            catch (SandboxConfigurationException error)
            {
                return error.Message.Length > 0;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Well_formed_fault_lists_are_read_as_written()
    {
        string[] kinds = ["429", "503-retry=4", "lost", "reset", "slow=20", "credits", "html"];
        var items =
            from target in Gen.Elements("submit", "status", "result", "direct", "any")
            from kind in Gen.Elements(kinds)
            from count in Gen.Choose(1, 99)
            from start in Gen.Choose(1, 99)
            select (target, kind, count, start);
        Prop.ForAll(items.NonEmptyListOf().ToArbitrary(), static list =>
        {
            var rules = FaultPlan.Parse(string.Join(" , ", list.Select(static item => FormattableString.Invariant($"{item.target}:{item.kind}*{item.count}@{item.start}")))).Rules;
            return rules.Count == list.Count && rules.Zip(list).All(static pair => (pair.First.Count, pair.First.From) == (pair.Second.count, pair.Second.start));
        }).QuickCheckThrowOnFailure();
    }

    private static bool Survives(byte[] bytes)
    {
        try
        {
            return PictureDecoder.Decode(bytes).Pixels.Length > 0;
        }
        catch (PictureFormatException)
        {
            return true;
        }
    }
}
