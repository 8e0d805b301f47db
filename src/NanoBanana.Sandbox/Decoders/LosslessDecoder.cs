namespace NanoBanana.Sandbox.Decoders;

/// <summary>VP8L as its specification ("WebP Lossless Bitstream Specification") has it: pixels are 0xAARRGGBB.</summary>
internal sealed class LosslessDecoder(ReadOnlyMemory<byte> data)
{
    private const int LengthPrefixes = 24;
    private const int DistancePrefixes = 40;

    private static readonly byte[] LengthOrder = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>The near neighbourhood a short distance code names: how far to the left, how far up.</summary>
    private static readonly (sbyte X, sbyte Y)[] Neighbours =
    [
        (0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2), (0, 3), (3, 0), (1, 3), (-1, 3),
        (3, 1), (-3, 1), (2, 3), (-2, 3), (3, 2), (-3, 2), (0, 4), (4, 0), (1, 4), (-1, 4), (4, 1), (-4, 1), (3, 3), (-3, 3), (2, 4), (-2, 4),
        (4, 2), (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0), (1, 5), (-1, 5), (5, 1), (-5, 1), (2, 5), (-2, 5), (5, 2), (-5, 2),
        (4, 4), (-4, 4), (3, 5), (-3, 5), (5, 3), (-5, 3), (0, 6), (6, 0), (1, 6), (-1, 6), (6, 1), (-6, 1), (2, 6), (-2, 6), (6, 2), (-6, 2),
        (4, 5), (-4, 5), (5, 4), (-5, 4), (3, 6), (-3, 6), (6, 3), (-6, 3), (0, 7), (7, 0), (1, 7), (-1, 7), (5, 5), (-5, 5), (7, 1), (-7, 1),
        (4, 6), (-4, 6), (6, 4), (-6, 4), (2, 7), (-2, 7), (7, 2), (-7, 2), (3, 7), (-3, 7), (7, 3), (-7, 3), (5, 6), (-5, 6), (6, 5), (-6, 5),
        (8, 0), (4, 7), (-4, 7), (7, 4), (-7, 4), (8, 1), (8, 2), (6, 6), (-6, 6), (8, 3), (5, 7), (-5, 7), (7, 5), (-7, 5), (8, 4), (6, 7),
        (-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7),
    ];

    private readonly LosslessBits _bits = new(data);

    public uint[] Decode(int width, int height)
    {
        var transforms = new Stack<LosslessTransform>();
        var seen = 0;
        var codedWidth = width;
        while (_bits.Read(1) == 1)
        {
            var kind = (TransformKind)_bits.Read(2);
            if ((seen & 1 << (int)kind) != 0)
                throw new PictureFormatException("The WebP repeats a transform.");
            seen |= 1 << (int)kind;
            transforms.Push(ReadTransform(kind, ref codedWidth, height));
        }

        var pixels = ReadImage(codedWidth, height, main: true);
        while (transforms.TryPop(out var transform))
            pixels = transform.Undo(pixels, height);
        return pixels;
    }

    private LosslessTransform ReadTransform(TransformKind kind, ref int width, int height)
    {
        var own = width;
        switch (kind)
        {
            case TransformKind.SubtractGreen:
                return new LosslessTransform(kind, own, 0, []);
            case TransformKind.ColourIndexing:
                var colours = _bits.Read(8) + 1;
                var table = ReadImage(colours, 1, main: false);
                for (var i = 1; i < table.Length; i++)
                    table[i] = LosslessTransform.Add(table[i], table[i - 1]);
                var packing = colours <= 2 ? 3 : colours <= 4 ? 2 : colours <= 16 ? 1 : 0;
                width = (own + (1 << packing) - 1) >> packing;
                return new LosslessTransform(kind, own, packing, table);
            default:
                var size = _bits.Read(3) + 2;
                return new LosslessTransform(kind, own, size, ReadImage(Blocks(own, size), Blocks(height, size), main: false));
        }
    }

    private static int Blocks(int length, int bits) => (length + (1 << bits) - 1) >> bits;

    private uint[] ReadImage(int width, int height, bool main)
    {
        var cacheBits = _bits.Read(1) == 1 ? _bits.Read(4) : 0;
        if (cacheBits > 11)
            throw new PictureFormatException("The WebP's colour cache is too large.");
        uint[]? groupOf = null;
        var groupBits = 0;
        var groups = 1;
        if (main && _bits.Read(1) == 1)
        {
            groupBits = _bits.Read(3) + 2;
            groupOf = ReadImage(Blocks(width, groupBits), Blocks(height, groupBits), main: false);
            foreach (var pixel in groupOf)
                groups = Math.Max(groups, (int)(pixel >> 8 & 0xFFFF) + 1);
        }

        // A group costs bits to describe, so there can be no more of them than there are bytes.
        if (groups > data.Length)
            throw new PictureFormatException("The WebP names codes it does not hold.");
        var codes = new PrefixCode[groups][];
        for (var i = 0; i < groups; i++)
            codes[i] = ReadGroup(cacheBits);
        return ReadPixels(width, height, cacheBits, codes, groupOf, groupBits);
    }

    private uint[] ReadPixels(int width, int height, int cacheBits, PrefixCode[][] codes, uint[]? groupOf, int groupBits)
    {
        var pixels = new uint[width * height];
        var cache = cacheBits > 0 ? new uint[1 << cacheBits] : [];
        var group = codes[0];
        for (var at = 0; at < pixels.Length;)
        {
            if (groupOf is not null)
            {
                var (x, y) = (at % width, at / width);
                group = codes[(int)(groupOf[(y >> groupBits) * Blocks(width, groupBits) + (x >> groupBits)] >> 8 & 0xFFFF)];
            }

            var symbol = group[0].Decode(_bits);
            if (symbol >= 256 && symbol < 256 + LengthPrefixes)
            {
                var length = ReadValue(symbol - 256);
                var distance = Distance(ReadValue(group[4].Decode(_bits)), width);
                if (distance > at || length > pixels.Length - at)
                    throw new PictureFormatException("The WebP copies from nowhere.");
                for (var end = at + length; at < end; at++)
                    Keep(pixels[at] = pixels[at - distance]);
                continue;
            }

            if (symbol < 256)
            {
                var red = (uint)group[1].Decode(_bits);
                var blue = (uint)group[2].Decode(_bits);
                pixels[at] = (uint)group[3].Decode(_bits) << 24 | red << 16 | (uint)symbol << 8 | blue;
            }
            else
            {
                pixels[at] = cache[symbol - 256 - LengthPrefixes];
            }

            Keep(pixels[at++]);
        }

        return pixels;

        void Keep(uint pixel)
        {
            if (cacheBits > 0)
                cache[0x1E35A7BDu * pixel >> (32 - cacheBits)] = pixel;
        }
    }

    private int ReadValue(int prefix)
    {
        if (prefix < 4)
            return prefix + 1;
        var extra = (prefix - 2) >> 1;
        return ((2 + (prefix & 1)) << extra) + _bits.Read(extra) + 1;
    }

    private static int Distance(int code, int width)
    {
        if (code > Neighbours.Length)
            return code - Neighbours.Length;
        var (x, y) = Neighbours[code - 1];
        return Math.Max(1, x + y * width);
    }

    private PrefixCode[] ReadGroup(int cacheBits)
    {
        var greens = 256 + LengthPrefixes + (cacheBits > 0 ? 1 << cacheBits : 0);
        return [ReadCode(greens), ReadCode(256), ReadCode(256), ReadCode(256), ReadCode(DistancePrefixes)];
    }

    private PrefixCode ReadCode(int symbols)
    {
        var lengths = new byte[symbols];
        if (_bits.Read(1) == 1)
        {
            var two = _bits.Read(1) == 1;
            lengths[_bits.Read(_bits.Read(1) == 1 ? 8 : 1)] = 1;
            if (two)
                lengths[_bits.Read(8)] = 1;
            return new PrefixCode(lengths);
        }

        var ofLengths = new byte[LengthOrder.Length];
        var given = _bits.Read(4) + 4;
        for (var i = 0; i < given; i++)
            ofLengths[LengthOrder[i]] = (byte)_bits.Read(3);
        ReadLengths(lengths, new PrefixCode(ofLengths));
        return new PrefixCode(lengths);
    }

    private void ReadLengths(byte[] lengths, PrefixCode code)
    {
        var most = _bits.Read(1) == 1 ? _bits.Read(_bits.Read(3) * 2 + 2) + 2 : lengths.Length;
        byte last = 8;
        for (var symbol = 0; symbol < lengths.Length && most > 0; most--)
        {
            var value = code.Decode(_bits);
            if (value < 16)
            {
                lengths[symbol++] = (byte)value;
                if (value != 0)
                    last = (byte)value;
                continue;
            }

            var repeat = value switch { 16 => _bits.Read(2) + 3, 17 => _bits.Read(3) + 3, _ => _bits.Read(7) + 11 };
            lengths.AsSpan(symbol, repeat).Fill(value == 16 ? last : (byte)0);
            symbol += repeat;
        }
    }
}
