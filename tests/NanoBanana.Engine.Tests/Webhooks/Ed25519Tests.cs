using System.Diagnostics;
using System.Numerics;
using System.Text;
using NanoBanana.Engine.Tests.Support;
using NanoBanana.Engine.Webhooks;

namespace NanoBanana.Engine.Tests.Webhooks;

public class Ed25519Tests
{
    private static readonly byte[] Message = Encoding.UTF8.GetBytes("the quick brown fox");
    private static readonly Ed25519Signer Signer = Ed25519Signer.Of(7);

    [Theory]
    [MemberData(nameof(Ed25519Vectors.All), MemberType = typeof(Ed25519Vectors))]
    public void Every_vector_of_the_RFC_is_accepted(string name, string seed, string key, string message, string signature)
    {
        Assert.True(Ed25519.Verify(Bytes(key), Bytes(message), Bytes(signature)), $"{name} {seed}");
    }

    [Theory]
    [MemberData(nameof(Ed25519Vectors.All), MemberType = typeof(Ed25519Vectors))]
    public void The_signer_of_these_tests_makes_every_signature_of_the_RFC(string name, string seed, string key, string message, string signature)
    {
        var signer = new Ed25519Signer(Bytes(seed));
        Assert.Equal((name, key, signature), (name, Text(signer.PublicKey), Text(signer.Sign(Bytes(message)))));
    }

    [Fact]
    public void A_vector_with_any_single_bit_of_its_signature_turned_is_refused()
    {
        byte[] signature = Signer.Sign(Message);
        for (int bit = 0; bit < signature.Length * 8; bit++)
        {
            Assert.False(Ed25519.Verify(Signer.PublicKey, Message, Turned(signature, bit)), $"bit {bit}");
        }
    }

    [Fact]
    public void A_vector_with_any_single_bit_of_its_key_turned_is_refused()
    {
        byte[] signature = Signer.Sign(Message);
        for (int bit = 0; bit < 256; bit++)
        {
            Assert.False(Ed25519.Verify(Turned(Signer.PublicKey, bit), Message, signature), $"bit {bit}");
        }
    }

    [Fact]
    public void A_vector_with_any_single_bit_of_its_message_turned_is_refused()
    {
        byte[] signature = Signer.Sign(Message);
        for (int bit = 0; bit < Message.Length * 8; bit++)
        {
            Assert.False(Ed25519.Verify(Signer.PublicKey, Turned(Message, bit), signature), $"bit {bit}");
        }
    }

    [Theory]
    [InlineData(31, 64)]
    [InlineData(33, 64)]
    [InlineData(0, 64)]
    [InlineData(32, 63)]
    [InlineData(32, 65)]
    [InlineData(32, 0)]
    public void Other_lengths_are_refused(int keyLength, int signatureLength)
    {
        byte[] key = new byte[keyLength];
        byte[] signature = new byte[signatureLength];
        Signer.PublicKey.AsSpan(0, Math.Min(32, keyLength)).CopyTo(key);
        Signer.Sign(Message).AsSpan(0, Math.Min(64, signatureLength)).CopyTo(signature);
        Assert.False(Ed25519.Verify(key, Message, signature));
    }

    [Fact]
    public void The_same_signature_with_the_order_added_to_its_number_is_refused()
    {
        byte[] signature = Signer.Sign(Message);
        BigInteger s = Ed25519Signer.Number(signature.AsSpan(32));
        byte[] other = [.. signature[..32], .. Ed25519Signer.Bytes(s + Ed25519Signer.Order)];

        Assert.True(Ed25519.Verify(Signer.PublicKey, Message, signature));
        Assert.False(Ed25519.Verify(Signer.PublicKey, Message, other));
    }

    [Theory]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")] // The neutral point.
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // Order 2.
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")] // Order 4.
    [InlineData("0000000000000000000000000000000000000000000000000000000000000080")] // Order 4, the other x.
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")] // Order 8.
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")] // Order 8.
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // The neutral point, y not reduced.
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // Order 4, y not reduced.
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")] // x is 0 and called odd.
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // No point of the curve.
    public void A_key_under_which_anybody_can_sign_or_that_is_none_is_refused(string key)
    {
        // Under a key of small order this signature fits one message in eight, whoever made it: R is the neutral point, S is 0.
        byte[] forged = new byte[64];
        forged[0] = 1;
        for (int i = 0; i < 32; i++) Assert.False(Ed25519.Verify(Bytes(key), [(byte)i], forged));
    }

    [Fact]
    public void A_signature_of_OpenSSL_is_accepted_and_OpenSSL_accepts_that_of_the_tests()
    {
        using var folder = new TempFolder();
        byte[] seed = new byte[32];
        for (int i = 0; i < seed.Length; i++) seed[i] = (byte)(i * 11);
        var signer = new Ed25519Signer(seed);
        string key = folder.Write("key.der", [.. Bytes("302e020100300506032b657004220420"), .. seed]);
        string publicKey = folder.Write("public.der", [.. Bytes("302a300506032b6570032100"), .. signer.PublicKey]);
        string message = folder.Write("message", Message);
        string theirs = folder.File("theirs");
        if (RunOpenSsl("pkeyutl", "-sign", "-inkey", key, "-keyform", "DER", "-rawin", "-in", message, "-out", theirs) != 0) Assert.Skip("openssl with Ed25519 is not installed.");

        string ours = folder.Write("ours", signer.Sign(Message));
        Assert.True(Ed25519.Verify(signer.PublicKey, Message, File.ReadAllBytes(theirs)));
        Assert.Equal(0, RunOpenSsl("pkeyutl", "-verify", "-pubin", "-inkey", publicKey, "-keyform", "DER", "-rawin", "-in", message, "-sigfile", ours));
    }

    private static int RunOpenSsl(params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private static byte[] Turned(byte[] bytes, int bit)
    {
        byte[] turned = [.. bytes];
        turned[bit / 8] ^= (byte)(1 << (bit % 8));
        return turned;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private static string Text(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
