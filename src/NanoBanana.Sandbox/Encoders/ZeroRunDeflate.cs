namespace NanoBanana.Sandbox.Encoders;

/// <summary>
/// A zlib stream for data that is mostly zeros. A library would have to be shown every zero; this writer is told how
/// many there are, and spends its time on the rest.
/// </summary>
internal sealed class ZeroRunDeflate
{
    private const int Modulus = 65521;
    private const int LongestMatch = 258;

    private static readonly (ushort Code, byte Length)[] Literals = BuildLiterals();
    private static readonly (ushort Base, byte Extra)[] Lengths =
    [
        (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1), (15, 1), (17, 1), (19, 2), (23, 2), (27, 2),
        (31, 2), (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4), (131, 5), (163, 5), (195, 5), (227, 5), (258, 0),
    ];

    private static readonly byte[] LengthIndex = BuildLengthIndex();

    private readonly ByteSink _sink;
    private readonly BitSink _bits;
    private uint _a = 1;
    private uint _b;

    public ZeroRunDeflate(ByteSink sink)
    {
        _sink = sink;
        _bits = new BitSink(sink);
        sink.Byte(0x78);
        sink.Byte(0x01);
        // One final block with the fixed codes.
        _bits.Bits(0b011, 3);
    }

    public void Literal(byte value)
    {
        var (code, length) = Literals[value];
        _bits.Bits(code, length);
        _a += value;
        if (_a >= Modulus)
            _a -= Modulus;
        _b += _a;
        if (_b >= Modulus)
            _b -= Modulus;
    }

    public void Zeros(int count)
    {
        if (count <= 0)
            return;
        Literal(0);
        count--;
        // The checksum of a run of zeros needs no loop: the first sum stands, the second grows by it each time.
        while (count >= 3)
        {
            var length = Math.Min(count, LongestMatch);
            // The smallest match is three: leave no rest that none can cover.
            if (count - length is 1 or 2)
                length -= 3;
            Match(length);
            _b = (_b + _a * (uint)length) % Modulus;
            count -= length;
        }

        for (; count > 0; count--)
            Literal(0);
    }

    public void Finish()
    {
        var (code, length) = Literals[256];
        _bits.Bits(code, length);
        _bits.Finish();
        _sink.BigEndian32(_b << 16 | _a);
    }

    private void Match(int length)
    {
        var index = LengthIndex[length];
        var (code, bits) = Literals[257 + index];
        _bits.Bits(code, bits);
        if (Lengths[index].Extra > 0)
            _bits.Bits((uint)(length - Lengths[index].Base), Lengths[index].Extra);
        // Distance 1: the fixed code of five zero bits.
        _bits.Bits(0, 5);
    }

    private static (ushort Code, byte Length)[] BuildLiterals()
    {
        var table = new (ushort, byte)[288];
        for (var i = 0; i < table.Length; i++)
        {
            var (code, length) = i switch
            {
                < 144 => (0x30 + i, 8),
                < 256 => (0x190 + i - 144, 9),
                < 280 => (i - 256, 7),
                _ => (0xC0 + i - 280, 8),
            };
            table[i] = ((ushort)BitSink.Reverse((uint)code, length), (byte)length);
        }

        return table;
    }

    private static byte[] BuildLengthIndex()
    {
        var index = new byte[LongestMatch + 1];
        for (var i = 0; i < Lengths.Length; i++)
        {
            for (var length = (int)Lengths[i].Base; length < Math.Min(LongestMatch, Lengths[i].Base + (1 << Lengths[i].Extra)); length++)
                index[length] = (byte)i;
        }

        index[LongestMatch] = (byte)(Lengths.Length - 1);
        return index;
    }
}
