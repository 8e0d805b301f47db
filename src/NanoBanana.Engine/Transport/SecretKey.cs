using System.Runtime.InteropServices;
using System.Security;

namespace NanoBanana.Engine.Transport;

/// <summary>A provider's key. It is a SecureString until the moment it is put on a request.</summary>
public sealed class SecretKey : IDisposable
{
    private readonly SecureString secret;

    /// <summary>Takes a copy of a key.</summary>
    /// <param name="secret">The key.</param>
    public SecretKey(SecureString secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        this.secret = secret.Copy();
        this.secret.MakeReadOnly();
    }

    /// <summary>The key of a text.</summary>
    /// <param name="secret">The key as text, from an environment variable.</param>
    /// <returns>The key.</returns>
    public static SecretKey FromText(string secret)
    {
        using var copy = new SecureString();
        foreach (char c in secret.Trim()) copy.AppendChar(c);
        return new SecretKey(copy);
    }

    /// <summary>The key as text, for one header of one request.</summary>
    /// <returns>The text.</returns>
    public string Reveal()
    {
        IntPtr pointer = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(pointer, secret.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => secret.Dispose();
}
