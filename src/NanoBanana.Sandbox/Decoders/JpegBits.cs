namespace NanoBanana.Sandbox.Decoders;

/// <summary>A Huffman code of a JPEG file, in the standard's own form: the smallest and largest code of each length.</summary>
internal sealed class JpegCodes
{
    private readonly int[] _largest = new int[17];
    private readonly int[] _offset = new int[17];
    private readonly byte[] _values;

    public JpegCodes(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values)
    {
        _values = values.ToArray();
        var code = 0;
        var index = 0;
        for (var length = 1; length <= 16; length++)
        {
            _offset[length] = index - code;
            code += counts[length - 1];
            index += counts[length - 1];
            _largest[length] = counts[length - 1] == 0 ? -1 : code - 1;
            code <<= 1;
        }
    }

    /// <summary>The value of a code of this length, or -1 when it is none yet.</summary>
    public int Find(int code, int length) =>
        code <= _largest[length] ? _values[code + _offset[length]] : -1;
}

/// <summary>The entropy-coded bits of a scan, most significant first, without the stuffed zeros.</summary>
internal sealed class JpegBits(byte[] bytes, int start)
{
    private int _at = start;
    private int _bits;
    private int _count;

    public int Decode(JpegCodes? codes)
    {
        if (codes is null)
            throw new PictureFormatException("The JPEG lacks a table.");
        var code = 0;
        for (var length = 1; length <= 16; length++)
        {
            code = code << 1 | Bit();
            var value = codes.Find(code, length);
            if (value >= 0)
                return value;
        }

        throw new PictureFormatException("The JPEG holds a code of no table.");
    }

    /// <summary>A number of so many bits, as the standard writes signed ones.</summary>
    public int Signed(int count)
    {
        if (count > 15)
            throw new PictureFormatException("The JPEG holds too large a number.");
        var value = 0;
        for (var i = 0; i < count; i++)
            value = value << 1 | Bit();
        return count > 0 && value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
    }

    /// <summary>Goes on behind the next restart marker.</summary>
    public void SkipMarker()
    {
        _count = 0;
        while (_at + 1 < bytes.Length && !(bytes[_at] == 0xFF && bytes[_at + 1] is >= 0xD0 and <= 0xD7))
            _at++;
        _at += 2;
    }

    private int Bit()
    {
        if (_count == 0)
        {
            if (_at >= bytes.Length || (bytes[_at] == 0xFF && _at + 1 < bytes.Length && bytes[_at + 1] != 0))
                throw new PictureFormatException("The JPEG ends early.");
            _bits = bytes[_at];
            _at += _bits == 0xFF ? 2 : 1;
            _count = 8;
        }

        _count--;
        return _bits >> _count & 1;
    }
}
