using System.Buffers.Binary;
using NanoBanana.Sandbox.Painting;

namespace NanoBanana.Sandbox.Decoders;

/// <summary>
/// JPEG, baseline and progressive, by the DC values alone: the picture at an eighth, which is plenty for a thumbnail and
/// needs no transform. Of a progressive file only the first DC scan of each component is read.
/// </summary>
internal sealed class JpegDecoder(byte[] bytes)
{
    private readonly JpegCodes?[] _dcCodes = new JpegCodes?[4];
    private readonly JpegCodes?[] _acCodes = new JpegCodes?[4];
    private readonly int[] _dcSteps = [1, 1, 1, 1];
    private Component[] _components = [];
    private int _width;
    private int _height;
    private int _restartInterval;
    private bool _progressive;

    public Thumbnail Decode()
    {
        var at = 2;
        while (at + 4 <= bytes.Length)
        {
            if (bytes[at] != 0xFF)
            {
                at++;
                continue;
            }

            var marker = bytes[at + 1];
            if (marker is 0xFF or 0x00 or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                at += marker == 0xFF ? 1 : 2;
                continue;
            }

            if (marker == 0xD9)
                break;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
            var segment = bytes.AsSpan(at + 4, length - 2);
            at += 2 + length;
            if (marker == 0xDA)
            {
                ReadScan(segment, at);
                if (AllRead())
                    break;
            }
            else
            {
                ReadSegment(marker, segment);
            }
        }

        return AllRead() ? Sample() : throw new PictureFormatException("The JPEG ends early.");
    }

    private bool AllRead() => _components.Length > 0 && Array.TrueForAll(_components, static component => component.Read);

    private void ReadSegment(byte marker, ReadOnlySpan<byte> segment)
    {
        switch (marker)
        {
            case 0xDB:
                ReadQuantisation(segment);
                break;
            case 0xC4:
                ReadCodes(segment);
                break;
            case 0xDD:
                _restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
                break;
            case 0xC0 or 0xC1 or 0xC2:
                _progressive = marker == 0xC2;
                ReadFrame(segment);
                break;
            case 0xC3 or (>= 0xC5 and <= 0xCF and not 0xC8 and not 0xCC):
                throw new PictureFormatException("This kind of JPEG is not in use.");
            default:
                break;
        }
    }

    private void ReadQuantisation(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 65)
        {
            var wide = segment[0] >> 4 != 0;
            _dcSteps[segment[0] & 3] = wide ? BinaryPrimitives.ReadUInt16BigEndian(segment[1..]) : segment[1];
            segment = segment[Math.Min(segment.Length, wide ? 129 : 65)..];
        }
    }

    private void ReadCodes(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 17)
        {
            var total = 0;
            foreach (var count in segment.Slice(1, 16))
                total += count;
            var codes = new JpegCodes(segment.Slice(1, 16), segment.Slice(17, total));
            (segment[0] >> 4 == 0 ? _dcCodes : _acCodes)[segment[0] & 3] = codes;
            segment = segment[(17 + total)..];
        }
    }

    private void ReadFrame(ReadOnlySpan<byte> segment)
    {
        _height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        _width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        PictureDecoder.CheckSize(_width, _height);
        if (segment[0] != 8 || segment[5] is not (1 or 3 or 4) || _components.Length > 0)
            throw new PictureFormatException("The JPEG's frame is none.");
        var components = new Component[segment[5]];
        for (var i = 0; i < components.Length; i++)
        {
            var (id, sampling, table) = (segment[6 + 3 * i], segment[7 + 3 * i], segment[8 + 3 * i]);
            var (across, down) = (sampling >> 4, sampling & 15);
            if (across is < 1 or > 4 || down is < 1 or > 4)
                throw new PictureFormatException("The JPEG's sampling is none.");
            components[i] = new Component { Id = id, Across = across, Down = down, Table = table & 3 };
        }

        var mostAcross = components.Max(static component => component.Across);
        var mostDown = components.Max(static component => component.Down);
        var unitsAcross = (_width + 8 * mostAcross - 1) / (8 * mostAcross);
        var unitsDown = (_height + 8 * mostDown - 1) / (8 * mostDown);
        foreach (var component in components)
        {
            component.Width = (_width * component.Across + 8 * mostAcross - 1) / (8 * mostAcross);
            component.Height = (_height * component.Down + 8 * mostDown - 1) / (8 * mostDown);
            component.Stride = unitsAcross * component.Across;
            component.Dc = new short[component.Stride * unitsDown * component.Down];
        }

        (_components, UnitsAcross, UnitsDown) = (components, unitsAcross, unitsDown);
    }

    private int UnitsAcross { get; set; }

    private int UnitsDown { get; set; }

    private void ReadScan(ReadOnlySpan<byte> header, int start)
    {
        if (_components.Length == 0)
            throw new PictureFormatException("The JPEG has a scan before its frame.");
        var count = (int)header[0];
        var inScan = new Component[count];
        for (var i = 0; i < count; i++)
        {
            var id = header[1 + 2 * i];
            inScan[i] = Array.Find(_components, component => component.Id == id) ?? throw new PictureFormatException("The JPEG's scan is none.");
            inScan[i].DcCodes = _dcCodes[header[2 + 2 * i] >> 4 & 3];
            inScan[i].AcCodes = _acCodes[header[2 + 2 * i] & 3];
        }

        var (firstCoefficient, precision) = (header[1 + 2 * count], header[3 + 2 * count]);
        if (_progressive && (firstCoefficient != 0 || precision >> 4 != 0))
            return;
        var bits = new JpegBits(bytes, start);
        if (count == 1)
            ReadAlone(inScan[0], bits, precision & 15);
        else
            ReadInterleaved(inScan, bits, precision & 15);
        foreach (var component in inScan)
            component.Read = true;
    }

    private void ReadAlone(Component component, JpegBits bits, int shift)
    {
        component.Last = 0;
        for (var i = 0; i < component.Width * component.Height; i++)
        {
            Restart(bits, i, [component]);
            ReadBlock(component, bits, i % component.Width, i / component.Width, shift);
        }
    }

    private void ReadInterleaved(Component[] components, JpegBits bits, int shift)
    {
        Array.ForEach(components, static component => component.Last = 0);
        for (var unit = 0; unit < UnitsAcross * UnitsDown; unit++)
        {
            Restart(bits, unit, components);
            foreach (var component in components)
            {
                for (var block = 0; block < component.Across * component.Down; block++)
                {
                    var x = unit % UnitsAcross * component.Across + block % component.Across;
                    var y = unit / UnitsAcross * component.Down + block / component.Across;
                    ReadBlock(component, bits, x, y, shift);
                }
            }
        }
    }

    private void Restart(JpegBits bits, int unit, Component[] components)
    {
        if (_restartInterval == 0 || unit == 0 || unit % _restartInterval != 0)
            return;
        bits.SkipMarker();
        foreach (var component in components)
            component.Last = 0;
    }

    private void ReadBlock(Component component, JpegBits bits, int x, int y, int shift)
    {
        var size = bits.Decode(component.DcCodes);
        component.Last += bits.Signed(size);
        component.Dc[y * component.Stride + x] = (short)(component.Last << shift);
        if (_progressive)
            return;
        for (var k = 1; k < 64; k++)
        {
            var symbol = bits.Decode(component.AcCodes);
            var (run, bitCount) = (symbol >> 4, symbol & 15);
            if (bitCount == 0 && run != 15)
                return;
            bits.Signed(bitCount);
            k += run;
        }
    }

    private Thumbnail Sample()
    {
        var (width, height) = ((_width + 7) / 8, (_height + 7) / 8);
        var sampler = new BoxSampler(_width, _height, width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var luma = Mean(_components[0], x, y, width, height);
                var (blue, red) = _components.Length == 3
                    ? (Mean(_components[1], x, y, width, height) - 128, Mean(_components[2], x, y, width, height) - 128)
                    : (0, 0);
                sampler.Add(x, y, Clamp(luma + 1.402 * red), Clamp(luma - 0.344 * blue - 0.714 * red), Clamp(luma + 1.772 * blue));
            }
        }

        return sampler.ToThumbnail();
    }

    private int Mean(Component component, int x, int y, int width, int height)
    {
        var dc = component.Dc[y * component.Height / height * component.Stride + x * component.Width / width];
        return Math.Clamp((dc * _dcSteps[component.Table] + 1024) / 8, 0, 255);
    }

    private static int Clamp(double value) => Math.Clamp((int)Math.Round(value), 0, 255);

    private sealed class Component
    {
        public byte Id { get; init; }

        public int Across { get; init; }

        public int Down { get; init; }

        public int Table { get; init; }

        public int Width { get; set; }

        public int Height { get; set; }

        public int Stride { get; set; }

        public short[] Dc { get; set; } = [];

        public JpegCodes? DcCodes { get; set; }

        public JpegCodes? AcCodes { get; set; }

        public int Last { get; set; }

        public bool Read { get; set; }
    }
}
