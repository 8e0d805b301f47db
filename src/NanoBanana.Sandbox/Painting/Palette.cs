namespace NanoBanana.Sandbox.Painting;

/// <summary>The colours of one landscape, drawn by chance and bent by a few words of the prompt.</summary>
internal readonly record struct Palette(int Zenith, int Horizon, int Sun, int Far, int Near, int Water, bool Night)
{
    private static readonly string[] NightWords = ["night", "midnight", "moon", "dark", "stars"];
    private static readonly string[] DuskWords = ["dusk", "sunset", "dawn", "sunrise", "evening"];
    private static readonly string[] SnowWords = ["snow", "winter", "ice", "arctic"];
    private static readonly string[] SandWords = ["desert", "sand", "dune", "mars"];

    public static Palette Draw(ref Dice dice, string prompt)
    {
        var hue = dice.Between(0, 360);
        var night = Says(prompt, NightWords) || dice.Below(8) == 0;
        var dusk = !night && (Says(prompt, DuskWords) || dice.Below(3) == 0);
        var landHue = Says(prompt, SandWords) ? dice.Between(20, 40) : dice.Between(70, 200);
        var snow = Says(prompt, SnowWords);
        var landLight = snow ? 0.86f : dice.Between(0.28f, 0.42f);
        var landColour = snow ? 0.12f : 0.45f;
        if (night)
        {
            var skyHue = dice.Between(215, 265);
            return new(
                Hsl(skyHue, 0.55f, 0.08f), Hsl(skyHue + dice.Between(-20, 40), 0.5f, 0.28f), 0xF2F0DC,
                Hsl(skyHue, 0.3f, 0.22f), Hsl(landHue, landColour, landLight * 0.25f), Hsl(skyHue, 0.5f, 0.16f), Night: true);
        }

        if (dusk)
        {
            return new(
                Hsl(dice.Between(225, 285), 0.45f, 0.3f), Hsl(dice.Between(8, 45), 0.9f, 0.68f), 0xFFE3A3,
                Hsl(dice.Between(280, 350), 0.3f, 0.45f), Hsl(landHue, landColour, landLight * 0.5f), Hsl(dice.Between(215, 260), 0.4f, 0.35f), Night: false);
        }

        return new(
            Hsl(190 + hue / 8, 0.6f, 0.5f), Hsl(180 + hue / 6, 0.7f, 0.86f), 0xFFF6C8,
            Hsl(190 + hue / 10, 0.3f, 0.65f), Hsl(landHue, landColour, landLight), Hsl(180 + hue / 9, 0.55f, 0.42f), Night: false);
    }

    /// <summary>A colour between two, in 256 steps.</summary>
    public static int Mix(int from, int to, int step)
    {
        var r = Channel(from >> 16, to >> 16, step);
        var g = Channel(from >> 8, to >> 8, step);
        return r << 16 | g << 8 | Channel(from, to, step);
    }

    /// <summary>A colour from hue (degrees), saturation and lightness (0 to 1).</summary>
    public static int Hsl(float hue, float saturation, float lightness)
    {
        var a = saturation * Math.Min(lightness, 1 - lightness);
        return Part(0) << 16 | Part(8) << 8 | Part(4);

        int Part(int n)
        {
            var k = (n + hue / 30 + 24) % 12;
            var value = lightness - a * Math.Max(-1, Math.Min(Math.Min(k - 3, 9 - k), 1));
            return Math.Clamp((int)(value * 255 + 0.5f), 0, 255);
        }
    }

    private static int Channel(int from, int to, int step) => (from & 255) + (((to & 255) - (from & 255)) * step >> 8);

    private static bool Says(string prompt, string[] words)
    {
        foreach (var word in words)
        {
            if (prompt.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
