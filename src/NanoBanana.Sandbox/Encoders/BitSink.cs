namespace NanoBanana.Sandbox.Encoders;

/// <summary>Bits into bytes, least significant first: how deflate and VP8L write.</summary>
internal sealed class BitSink(ByteSink bytes)
{
    private ulong _bits;
    private int _count;

    /// <summary>Writes up to 32 bits, the lowest first.</summary>
    public void Bits(uint value, int count)
    {
        _bits |= (ulong)value << _count;
        _count += count;
        while (_count >= 8)
        {
            bytes.Byte((byte)_bits);
            _bits >>= 8;
            _count -= 8;
        }
    }

    /// <summary>Fills the last byte with zeros.</summary>
    public void Finish()
    {
        if (_count > 0)
            bytes.Byte((byte)_bits);
        _bits = 0;
        _count = 0;
    }

    /// <summary>The lowest bits of a value in reverse: Huffman codes are read from their first bit.</summary>
    public static uint Reverse(uint value, int count)
    {
        var reversed = 0u;
        for (var i = 0; i < count; i++)
            reversed |= (value >> i & 1) << (count - 1 - i);
        return reversed;
    }
}
