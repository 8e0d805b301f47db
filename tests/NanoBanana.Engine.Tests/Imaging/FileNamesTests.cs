using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NanoBanana.Engine.Imaging;

namespace NanoBanana.Engine.Tests.Imaging;

public sealed class FileNamesTests
{
    private static readonly string[] Reserved =
        ["CLOCK$", "CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"COM{n}", $"LPT{n}" }), "COM¹", "LPT³"];

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
    [InlineData("❤\uFE0F", "image")]
    [InlineData("❤\uFE0F love 1\uFE0F\u20E3", "love-1")]
    [InlineData("\u3164\u115F", "image")]
    [InlineData("\u0301accent", "accent")]
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
    [InlineData("private\uE000use\uF03A", "privateuse")]
    [InlineData("not\u0378assigned", "notassigned")]
    [InlineData("clock$", "_clock$")]
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
    public void Any_prompt_gives_a_file_that_lies_in_its_folder() =>
        Prop.ForAll(Prompts().ToArbitrary(), prompt =>
        {
            string folder = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "out"));
            string stem = FileNames.Stem("{slug}", _ => prompt);
            return Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, stem + ".png"))) == folder;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

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

    /// <summary>All three sets of rules, whatever the system, for the name as it is and as it may yet become.</summary>
    private static bool IsTaken(string name) => new[] { name, name + ".webp", name + "-4-01jd7x8k2m9qwert.webp" }.All(n => OnWindows(n) && OnMacOS(n) && OnLinux(n));

    /// <summary>Win32 over NTFS: 255 UTF-16 units, no control or reserved characters, no device, no dot or blank at the end.</summary>
    private static bool OnWindows(string name) =>
        name.Length is > 0 and <= 255
        && name.IndexOfAny(['<', '>', ':', '"', '/', '\\', '|', '?', '*']) < 0
        && name.All(c => c >= ' ')
        && !name.EndsWith('.') && !name.EndsWith(' ')
        && !Reserved.Contains(name.Split('.')[0].TrimEnd(' '), StringComparer.OrdinalIgnoreCase);

    /// <summary>APFS: 255 bytes of valid UTF-8 of assigned characters; the Finder shows a colon for a slash.</summary>
    private static bool OnMacOS(string name) =>
        name.Length > 0 && name is not ("." or "..")
        && Encoding.UTF8.GetByteCount(name) <= 255
        && name.IndexOfAny(['/', ':', '\0']) < 0
        && name.EnumerateRunes().All(rune => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned);

    /// <summary>Linux: 255 bytes, no slash, no zero; a hidden file or a control character would be legal and a trap all the same.</summary>
    private static bool OnLinux(string name) =>
        name.Length > 0 && name is not ("." or "..") && name[0] != '.'
        && Encoding.UTF8.GetByteCount(name) <= 255
        && name.IndexOfAny(['/', '\0', '\u007F']) < 0;
}
