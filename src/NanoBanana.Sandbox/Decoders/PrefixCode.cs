namespace NanoBanana.Sandbox.Decoders;

/// <summary>The bits of a VP8L stream, least significant first. Beyond the end it throws.</summary>
internal sealed class LosslessBits(ReadOnlyMemory<byte> bytes)
{
    private ulong _bits;
    private int _count;
    private int _at;

    public int Read(int count)
    {
        while (_count < count)
        {
            if (_at == bytes.Length)
                throw new PictureFormatException("The WebP ends early.");
            _bits |= (ulong)bytes.Span[_at++] << _count;
            _count += 8;
        }

        var value = (int)(_bits & ((1u << count) - 1));
        _bits >>= count;
        _count -= count;
        return value;
    }
}

/// <summary>A canonical prefix code, read bit by bit.</summary>
internal sealed class PrefixCode
{
    private const int LongestCode = 15;
    private readonly int[] _counts = new int[LongestCode + 1];
    private readonly int[] _symbols;
    private readonly int _only = -1;

    /// <summary>The code these lengths describe.</summary>
    /// <param name="lengths">The code's length for each symbol; zero for none. One symbol alone takes no bits.</param>
    public PrefixCode(ReadOnlySpan<byte> lengths)
    {
        foreach (var length in lengths)
            _counts[length]++;
        var used = lengths.Length - _counts[0];
        _counts[0] = 0;
        _symbols = new int[used];
        var offsets = new int[LongestCode + 2];
        var room = 1;
        for (var length = 1; length <= LongestCode; length++)
        {
            offsets[length + 1] = offsets[length] + _counts[length];
            room = (room << 1) - _counts[length];
        }

        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] > 0)
                _symbols[offsets[lengths[symbol]]++] = symbol;
        }

        if (used == 1)
            _only = _symbols[0];
        else if (used == 0 || room != 0)
            throw new PictureFormatException("The WebP has a code that is none.");
    }

    public int Decode(LosslessBits bits)
    {
        if (_only >= 0)
            return _only;
        var code = 0;
        var first = 0;
        var index = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            code |= bits.Read(1);
            var count = _counts[length];
            if (code - count < first)
                return _symbols[index + code - first];
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        throw new PictureFormatException("The WebP holds a code of no table.");
    }
}
