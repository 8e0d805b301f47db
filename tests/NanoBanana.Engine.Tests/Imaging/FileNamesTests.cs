using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Imaging;

namespace NanoBanana.Engine.Tests.Imaging;

public sealed class FileNamesTests
{
    private static readonly string[] Reserved =
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"COM{n}", $"LPT{n}" }), "COM¹", "LPT³"];

    [Theory]
    [InlineData("A lighthouse at dusk", "a-lighthouse-at-dusk")]
    [InlineData("  ---Hello,   World!!!  ", "hello-world")]
    [InlineData("Маяк в сумерках", "маяк-в-сумерках")]
    [InlineData("夕暮れの灯台", "夕暮れの灯台")]
    [InlineData("황혼의 등대", "황혼의-등대")]
    [InlineData("منارة عند الغسق", "منارة-عند-الغسق")]
    [InlineData("מגדלור בין ערביים", "מגדלור-בין-ערביים")]
    [InlineData("सूर्यास्त पर हिन्दी", "सूर्यास्त-पर-हिन्दी")]
    [InlineData("ประภาคารยามค่ำ", "ประภาคารยามค่ำ")]
    [InlineData("🏮 red 🏮 lantern 🏮", "red-lantern")]
    [InlineData("🏮🏮🏮", "image")]
    [InlineData("cafe\u0301 au lait", "cafe\u0301-au-lait")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("a\u202Egnp.exe", "a-gnp-exe")]
    [InlineData("line\r\nbreak\ttab", "line-break-tab")]
    [InlineData("100% of 3:2", "100-of-3-2")]
    [InlineData("\uD800 lone surrogate", "lone-surrogate")]
    [InlineData("", "image")]
    [InlineData(null, "image")]
    public void A_slug_keeps_letters_and_digits_of_any_script(string? prompt, string expected) => Assert.Equal(expected, FileNames.Slug(prompt));

    [Fact]
    public void A_slug_has_at_most_48_characters_and_ends_with_a_word_or_a_part_of_one() =>
        Assert.Equal(new string('a', 48), FileNames.Slug(new string('a', 100)));

    [Fact]
    public void A_slug_does_not_end_with_a_hyphen() => Assert.Equal(new string('a', 48), FileNames.Slug(new string('a', 48) + " b"));

    [Fact]
    public void A_slug_does_not_cut_a_character_in_two() => Assert.Equal(new string('a', 47), FileNames.Slug(new string('a', 47) + "𠀀"));

    [Theory]
    [InlineData("CON", "_CON")]
    [InlineData("con.png", "_con.png")]
    [InlineData("NUL.tar.gz", "_NUL.tar.gz")]
    [InlineData("AUX ", "_AUX")]
    [InlineData("aux .txt", "_aux .txt")]
    [InlineData("com1", "_com1")]
    [InlineData("LPT9.a", "_LPT9.a")]
    [InlineData("COM¹", "_COM¹")]
    [InlineData("CONIN$", "_CONIN$")]
    [InlineData("console", "console")]
    [InlineData("com10", "com10")]
    [InlineData("a<b>c:d\"e/f\\g|h?i*j", "a-b-c-d-e-f-g-h-i-j")]
    [InlineData("trailing dots...", "trailing dots")]
    [InlineData("trailing blanks   ", "trailing blanks")]
    [InlineData(" . leading . ", "leading")]
    [InlineData("..", "image")]
    [InlineData(".", "image")]
    [InlineData("   ", "image")]
    [InlineData("", "image")]
    [InlineData("tab\tbell\a", "tabbell")]
    [InlineData("zero\0", "zero")]
    [InlineData("right\u202Eleft\u200B", "rightleft")]
    [InlineData("para\u2029graph", "paragraph")]
    [InlineData("half\uD83D", "half")]
    public void A_legal_name_is_legal_on_every_system(string text, string expected) => Assert.Equal(expected, FileNames.Legal(text));

    [Theory]
    [InlineData("a", 200)]
    [InlineData("я", 100)]
    [InlineData("灯", 66)]
    [InlineData("🏮", 50)]
    public void A_legal_name_has_at_most_200_bytes_and_whole_characters(string character, int expected) =>
        Assert.Equal(expected * character.Length, FileNames.Legal(string.Concat(Enumerable.Repeat(character, 300))).Length);

    [Theory]
    [InlineData("{slug}-{index}", "a-1")]
    [InlineData("{SLUG}{Index}", "a1")]
    [InlineData("fixed", "fixed")]
    [InlineData("{slug}}", "a}")]
    [InlineData("{slug}/../{index}", "a-..-1")]
    [InlineData("CON", "_CON")]
    public void A_template_is_filled(string template, string expected) =>
        Assert.Equal(expected, FileNames.Stem(template, token => token == "slug" ? "a" : "1"));

    [Theory]
    [InlineData("slug")]
    [InlineData("job")]
    [InlineData("index")]
    [InlineData("provider")]
    [InlineData("model")]
    [InlineData("seed")]
    [InlineData("resolution")]
    [InlineData("ratio")]
    [InlineData("date")]
    [InlineData("time")]
    public void Every_token_is_known(string token) => FileNames.CheckTemplate($"x{{{token}}}");

    [Theory]
    [InlineData("{}")]
    [InlineData("{slug }")]
    [InlineData("{{slug}}")]
    [InlineData("{slug}{")]
    [InlineData("..\\{slug}")]
    public void A_wrong_template_is_refused(string template) =>
        Assert.Equal("FileNameFormat", Assert.Throws<NBException>(() => FileNames.CheckTemplate(template)).Parameter);

    [Fact]
    public void Any_prompt_gives_a_name_that_Windows_macOS_and_Linux_take() =>
        Prop.ForAll(Prompts().ToArbitrary(), prompt => IsTaken(FileNames.Stem("{slug}-{job}", token => token == "slug" ? FileNames.Slug(prompt) : "01jd7x8k2m9qwert")))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Any_text_gives_a_name_that_Windows_macOS_and_Linux_take() =>
        Prop.ForAll(Prompts().ToArbitrary(), text => IsTaken(FileNames.Legal(text))).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void A_legal_name_stays_as_it_is() =>
        Prop.ForAll(Prompts().ToArbitrary(), text => FileNames.Legal(FileNames.Legal(text)) == FileNames.Legal(text))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    /// <summary>Texts of any UTF-16, mixed with what file systems stumble over.</summary>
    private static Gen<string> Prompts()
    {
        Gen<string> any = Gen.Choose(0, 0xFFFF).Select(value => ((char)value).ToString());
        Gen<string> ascii = Gen.Choose(0, 0x7F).Select(value => ((char)value).ToString());
        Gen<string> hard = Gen.Elements([.. Reserved, ".", "..", " ", "/", "\\", ":", "~", "🏮", "灯台", "\0", "\u202E", "é", "e\u0301", "$", "-"]);
        return Gen.OneOf(any, ascii, hard).ListOf().SelectMany(parts => Gen.Elements(1, 1, 30).Select(times => string.Concat(Enumerable.Repeat(string.Concat(parts), times))));
    }

    /// <summary>The rules of NTFS and Win32, of APFS, and of Linux, for a name that still gets "-4-jobid.webp.partial".</summary>
    private static bool IsTaken(string name)
    {
        string stem = name.Split('.')[0].TrimEnd(' ');
        return name.Length > 0
            && Encoding.UTF8.GetByteCount(name) <= 255 - "-4-01jd7x8k2m9qwert.webp.partial".Length
            && name.IndexOfAny(['<', '>', ':', '"', '/', '\\', '|', '?', '*']) < 0
            && name.All(c => c >= ' ' && c != '\u007F')
            && !name.EndsWith('.') && !name.EndsWith(' ')
            && name is not ("." or "..")
            && name.IsNormalizedOrHasNoLoneSurrogate()
            && !Reserved.Contains(stem, StringComparer.OrdinalIgnoreCase);
    }
}

internal static class SurrogateExtensions
{
    public static bool IsNormalizedOrHasNoLoneSurrogate(this string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);
}
