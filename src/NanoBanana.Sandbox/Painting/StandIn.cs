namespace NanoBanana.Sandbox.Painting;

/// <summary>What hangs in the frame where the reference itself is out of reach or cannot be read: always the same for the same.</summary>
internal static class StandIn
{
    private const int Side = 16;

    /// <summary>For an address on the network, where the simulator never goes.</summary>
    public static Thumbnail ForAddress(string address) => Make(Dice.For(address), 1024, 1024);

    /// <summary>For a picture whose size is known and whose pixels are not decoded.</summary>
    public static Thumbnail ForPicture(ReadOnlySpan<byte> bytes, int width, int height) =>
        Make(Dice.For(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))), width, height);

    private static Thumbnail Make(Dice dice, int sourceWidth, int sourceHeight)
    {
        var hue = dice.Between(0, 360);
        var pixels = new int[Side * Side];
        // Mirrored left to right, as such marks usually are: it reads as a figure and not as noise.
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side / 2; x++)
            {
                var colour = Palette.Hsl(hue + dice.Below(3) * 40, 0.5f, dice.Between(0.35f, 0.75f));
                pixels[y * Side + x] = colour;
                pixels[y * Side + Side - 1 - x] = colour;
            }
        }

        return new Thumbnail(sourceWidth, sourceHeight, Side, Side, pixels);
    }
}
