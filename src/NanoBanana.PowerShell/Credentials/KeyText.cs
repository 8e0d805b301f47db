using System.Runtime.InteropServices;
using System.Security;

namespace NanoBanana.PowerShell.Credentials;

/// <summary>Looks at a key without making a text of it.</summary>
internal static class KeyText
{
    private const int Shown = 4;

    /// <summary>Four characters of a short key would be too much of it.</summary>
    private const int ShortestShown = 12;

    /// <summary>Why something cannot be a key: no provider's has blanks, line breaks, or characters that fit in no header.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The fault, to stand after "it"; null when there is none.</returns>
    public static string? Fault(SecureString key)
    {
        if (key.Length == 0) return "is empty";
        IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(key);
        try
        {
            bool hasBlank = false;
            bool hasForeign = false;
            for (int i = 0; i < key.Length; i++)
            {
                char c = At(text, i);
                if (c is '\r' or '\n') return "has a line break in it";
                hasBlank |= char.IsWhiteSpace(c);
                hasForeign |= c is < '!' or > '~';
            }

            if (At(text, 0) is '"' or '\'' || At(text, key.Length - 1) is '"' or '\'') return "has quotes around it";
            if (hasBlank) return "has blanks in it";
            return hasForeign ? "has characters in it that no key has" : null;
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    /// <summary>The last four characters; null of a key that is short.</summary>
    /// <param name="key">The key.</param>
    public static string? LastFour(SecureString key)
    {
        if (key.Length < ShortestShown) return null;
        IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(key);
        try
        {
            return Marshal.PtrToStringUni(IntPtr.Add(text, (key.Length - Shown) * sizeof(char)), Shown);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(text);
        }
    }

    private static char At(IntPtr text, int index) => (char)Marshal.ReadInt16(text, index * sizeof(char));
}
