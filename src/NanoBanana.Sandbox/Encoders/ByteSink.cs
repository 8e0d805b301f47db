namespace NanoBanana.Sandbox.Encoders;

/// <summary>Bytes growing at the end; the encoders' only buffer.</summary>
internal sealed class ByteSink(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Count { get; private set; }

    public void Byte(int value)
    {
        if (Count == _bytes.Length)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        _bytes[Count++] = (byte)value;
    }

    public void Bytes(ReadOnlySpan<byte> values)
    {
        if (_bytes.Length - Count < values.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Count + values.Length));
        values.CopyTo(_bytes.AsSpan(Count));
        Count += values.Length;
    }

    public void BigEndian32(uint value)
    {
        Byte((int)(value >> 24));
        Byte((int)(value >> 16));
        Byte((int)(value >> 8));
        Byte((int)value);
    }

    public void BigEndian16(int value)
    {
        Byte(value >> 8);
        Byte(value);
    }

    /// <summary>What was written from a place on, to be read or overwritten.</summary>
    public Span<byte> Since(int start) => _bytes.AsSpan(start, Count - start);

    public byte[] ToArray() => _bytes.AsSpan(0, Count).ToArray();
}
