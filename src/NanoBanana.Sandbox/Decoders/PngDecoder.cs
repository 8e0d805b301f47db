using System.Buffers.Binary;
using System.IO.Compression;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Decoders;

/// <summary>PNG of every colour type and depth; of an interlaced one the first pass, which is the picture at an eighth.</summary>
internal sealed class PngDecoder
{
    private const int PassOneStep = 8;
    private readonly byte[] _bytes;
    private readonly List<(int Start, int Length)> _data = [];
    private byte[] _palette = [];
    private int _width;
    private int _height;
    private int _depth;
    private int _colourType;
    private bool _interlaced;

    private PngDecoder(byte[] bytes) => _bytes = bytes;

    public static Thumbnail Decode(byte[] bytes)
    {
        var decoder = new PngDecoder(bytes);
        decoder.ReadChunks();
        return decoder.ReadRows();
    }

    private int Channels => _colourType switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };

    private void ReadChunks()
    {
        var at = 8;
        while (at + 12 <= _bytes.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(at));
            var type = _bytes.AsSpan(at + 4, 4);
            if (length < 0 || length > _bytes.Length - at - 12)
                break;
            if (type.SequenceEqual("IHDR"u8))
                ReadHeader(_bytes.AsSpan(at + 8, length));
            else if (type.SequenceEqual("PLTE"u8))
                _palette = _bytes.AsSpan(at + 8, length).ToArray();
            else if (type.SequenceEqual("IDAT"u8))
                _data.Add((at + 8, length));
            else if (type.SequenceEqual("IEND"u8))
                break;
            at += 12 + length;
        }

        if (_width == 0 || _data.Count == 0 || (_colourType == 3 && _palette.Length < 3))
            throw new PictureFormatException("The PNG lacks a part.");
    }

    private void ReadHeader(ReadOnlySpan<byte> header)
    {
        var width = BinaryPrimitives.ReadInt32BigEndian(header);
        var height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        PictureDecoder.CheckSize(width, height);
        (_width, _height, _depth, _colourType) = (width, height, header[8], header[9]);
        _interlaced = header[12] == 1;
        var known = _colourType switch
        {
            0 => _depth is 1 or 2 or 4 or 8 or 16,
            3 => _depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => _depth is 8 or 16,
            _ => false,
        };
        if (!known || header[10] != 0 || header[11] != 0 || header[12] > 1)
            throw new PictureFormatException("The PNG's header is none.");
    }

    private Thumbnail ReadRows()
    {
        var width = _interlaced ? (_width + PassOneStep - 1) / PassOneStep : _width;
        var height = _interlaced ? (_height + PassOneStep - 1) / PassOneStep : _height;
        var sampler = new BoxSampler(_width, _height, width, height);
        var rowLength = (width * Channels * _depth + 7) / 8;
        var step = Math.Max(1, Channels * _depth / 8);
        var above = new byte[rowLength];
        var row = new byte[rowLength];
        using var inflate = new ZLibStream(new DataStream(_bytes, _data), CompressionMode.Decompress);
        for (var y = 0; y < height; y++)
        {
            var filter = inflate.ReadByte();
            if (filter < 0 || inflate.ReadAtLeast(row, rowLength, throwOnEndOfStream: false) < rowLength)
                throw new PictureFormatException("The PNG ends early.");
            Unfilter(filter, row, above, step);
            for (var x = 0; x < width; x++)
                AddPixel(sampler, row, x, y);
            (above, row) = (row, above);
        }

        return sampler.ToThumbnail();
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int step)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++)
                    row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++)
                    row[i] += (byte)((above[i] + (i >= step ? row[i - step] : 0)) >> 1);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++)
                    row[i] += i >= step ? Paeth(row[i - step], above[i], above[i - step]) : above[i];
                break;
            default:
                throw new PictureFormatException("The PNG has an unknown filter.");
        }
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var toLeft = Math.Abs(above - corner);
        var toAbove = Math.Abs(left - corner);
        var toCorner = Math.Abs(left + above - 2 * corner);
        if (toLeft <= toAbove && toLeft <= toCorner)
            return (byte)left;
        return (byte)(toAbove <= toCorner ? above : corner);
    }

    private void AddPixel(BoxSampler sampler, byte[] row, int x, int y)
    {
        switch (_colourType)
        {
            case 3:
                var entry = Sample(row, x, 0) * 3;
                if (entry + 2 < _palette.Length)
                    sampler.Add(x, y, _palette[entry], _palette[entry + 1], _palette[entry + 2]);
                break;
            case 0 or 4:
                var grey = _depth < 8 ? Sample(row, x, 0) * 255 / ((1 << _depth) - 1) : Sample(row, x, 0);
                sampler.Add(x, y, grey, grey, grey);
                break;
            default:
                sampler.Add(x, y, Sample(row, x, 0), Sample(row, x, 1), Sample(row, x, 2));
                break;
        }
    }

    /// <summary>A channel of a pixel: of 16 bits the upper eight, of fewer than eight as they stand.</summary>
    private int Sample(byte[] row, int x, int channel)
    {
        var sample = x * Channels + channel;
        if (_depth >= 8)
            return row[sample * (_depth / 8)];
        var bit = sample * _depth;
        return row[bit >> 3] >> (8 - _depth - (bit & 7)) & ((1 << _depth) - 1);
    }

    /// <summary>The data chunks as one stream.</summary>
    private sealed class DataStream(byte[] bytes, List<(int Start, int Length)> chunks) : OneWayStream
    {
        private int _chunk;
        private int _offset;

        public override bool CanRead => true;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            while (_chunk < chunks.Count && _offset == chunks[_chunk].Length)
            {
                _chunk++;
                _offset = 0;
            }

            if (_chunk == chunks.Count)
                return 0;
            var count = Math.Min(buffer.Length, chunks[_chunk].Length - _offset);
            bytes.AsSpan(chunks[_chunk].Start + _offset, count).CopyTo(buffer);
            _offset += count;
            return count;
        }
    }
}
