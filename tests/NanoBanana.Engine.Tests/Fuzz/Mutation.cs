using System.Collections.Concurrent;

namespace NanoBanana.Engine.Tests.Fuzz;

/// <summary>Good inputs made bad: each by a number, so that a failure can be run again.</summary>
internal static class Mutation
{
    /// <summary>How many inputs each reader is tried with: 5,000, or 100,000 where NB_TEST_LARGE is 1.</summary>
    public static int Inputs { get; } = Environment.GetEnvironmentVariable("NB_TEST_LARGE") == "1" ? 100_000 : 5_000;

    /// <summary>What readers stumble over, put in at random places.</summary>
    private static readonly byte[][] Stumbling =
    [
        .. new[]
        {
            "null", "{}", "[]", "\"\"", "0", "-1", "1e999", "99999999999999999999", "true", "\"\\uD800\"", "\\uDC00", "\\u0000", "nb-picture:9", "nb-picture:99999999999",
            "nb-picture:-1", "[[[[[[[[", "{\"a\":{\"a\":", "\"..\"", "\"https://\"", "\"file:///etc/passwd\"", "\"data:image/png;base64,\"", "\r\n\r\n", "data: ", ":", "\uFEFF",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0x7F, 0xFF, 0xFF, 0xFF], [0xFF, 0xD8], [0xC3, 0x28],
    ];

    /// <summary>Tries a reader with every input; fails with the numbers of those that it did not take.</summary>
    /// <param name="samples">Good inputs.</param>
    /// <param name="attempt">Reads one input; what it throws is a failure.</param>
    public static void Try(IReadOnlyList<byte[]> samples, Action<int, byte[]> attempt)
    {
        var failures = new ConcurrentQueue<string>();
        Parallel.For(0, Inputs, new ParallelOptions { MaxDegreeOfParallelism = Math.Min(4, Environment.ProcessorCount) }, seed =>
        {
            try
            {
                attempt(seed, Mutate(samples, seed));
            }
            catch (Exception exception)
            {
                if (failures.Count < 5) failures.Enqueue($"seed {seed}: {exception}"); // Five are enough to see what is wrong.
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    /// <summary>The input of a number. The first ones are the samples as they are.</summary>
    public static byte[] Mutate(IReadOnlyList<byte[]> samples, int seed)
    {
        if (seed < samples.Count) return samples[seed];
        var random = new Random(seed);
        var bytes = new List<byte>(samples[seed % samples.Count]);
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--) Change(bytes, samples, random);
        return [.. bytes];
    }

    private static void Change(List<byte> bytes, IReadOnlyList<byte[]> samples, Random random)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 16), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                break;
            case 5:
                byte[] other = samples[random.Next(samples.Count)];
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 64)]);
                break;
            case 6:
                bytes.RemoveRange(at, length);
                bytes.InsertRange(at, Stumbling[random.Next(Stumbling.Length)]);
                break;
            default:
                ReplaceValue(bytes, at, random);
                break;
        }
    }

    /// <summary>Replaces what stands between a colon and the next comma or bracket: JSON stays JSON, and its meaning changes.</summary>
    private static void ReplaceValue(List<byte> bytes, int at, Random random)
    {
        int start = bytes.IndexOf((byte)':', at);
        int end = start < 0 ? -1 : bytes.FindIndex(start + 1, static b => b is (byte)',' or (byte)'}' or (byte)']');
        if (end < 0) return;
        bytes.RemoveRange(start + 1, end - start - 1);
        bytes.InsertRange(start + 1, Stumbling[random.Next(Stumbling.Length)]);
    }
}
