using System.Buffers;

namespace NanoBanana.Engine.Webhooks;

/// <summary>Bytes written as hexadecimal digits.</summary>
internal static class Hex
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads an exact number of bytes.</summary>
    /// <param name="text">Two digits a byte, in any case.</param>
    /// <param name="length">The number of bytes.</param>
    /// <returns>The bytes; null when the text is anything else.</returns>
    public static byte[]? TryRead(ReadOnlySpan<char> text, int length) =>
        text.Length == length * 2 && !text.ContainsAnyExcept(Digits) ? Convert.FromHexString(text) : null;
}
