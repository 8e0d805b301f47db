namespace NanoBanana.Engine.Tests;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("a\u001b[31mb", "a\u241b[31mb")]
    [InlineData("a\u0007b\u007f", "a\u2407b\u2421")]
    [InlineData("a\u009b2Jb", "a2Jb")]
    [InlineData("a\rb\r\nc", "a\nb\nc")]
    [InlineData("a\u202eb\u2066c\u200fd\u061ce", "abcde")]
    [InlineData("a\u2028b", "a b")]
    [InlineData("\ufeffa", "a")]
    public void D18_What_a_terminal_obeys_is_made_visible_or_left_out(string text, string expected) => Assert.Equal(expected, TerminalText.Safe(text));

    [Theory]
    [InlineData("two lines\n\tand a tab")]
    [InlineData("日本語 ñ 🍌 👩‍🚀 می‌خواهم")]
    public void D18_Ordinary_text_stays_as_it_is(string text) => Assert.Same(text, TerminalText.Safe(text));

    [Fact]
    public void D18_A_line_has_no_breaks() => Assert.Equal("a b c", TerminalText.SafeLine("a\nb\tc"));
}
