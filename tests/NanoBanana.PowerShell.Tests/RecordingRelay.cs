using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace NanoBanana.PowerShell.Tests;

/// <summary>Stands before a server on loopback and keeps every byte that clients send it, broken connections included.</summary>
public sealed class RecordingRelay : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly ConcurrentQueue<MemoryStream> sent = new();

    public RecordingRelay(int target)
    {
        this.target = target;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(ListenAsync);
    }

    public int Port { get; }

    /// <summary>How often a text arrived.</summary>
    public int Count(string text)
    {
        byte[] wanted = Encoding.ASCII.GetBytes(text);
        int count = 0;
        foreach (MemoryStream one in sent)
        {
            byte[] bytes;
            lock (one) bytes = one.ToArray();
            ReadOnlySpan<byte> rest = bytes;
            for (int at; (at = rest.IndexOf(wanted)) >= 0; rest = rest[(at + wanted.Length)..]) count++;
        }

        return count;
    }

    public void Dispose() => listener.Stop();

    private async Task ListenAsync()
    {
        try
        {
            while (true) _ = RelayAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            var record = new MemoryStream();
            sent.Enqueue(record);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, target);
                Task up = CopyAsync(client.GetStream(), server.GetStream(), record);
                Task down = CopyAsync(server.GetStream(), client.GetStream(), null);
                await await Task.WhenAny(up, down);
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
            {
                client.LingerState = new LingerOption(true, 0); // A reset is passed on as one.
            }
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, MemoryStream record)
    {
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
        {
            if (record is not null)
            {
                lock (record) record.Write(buffer, 0, read);
            }

            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}

/// <summary>Finds a key in bytes: any eight characters in a row of it, of its base64 wherever that begins, and of its escaped forms.</summary>
public sealed class KeyTraces
{
    private const int Length = 8;
    private readonly HashSet<ulong> runs = new();

    // Eight digits of hexadecimal are two to four characters of a key only, and the time in ticks is full of digits: here sixteen count.
    private readonly HashSet<ulong> hexRuns = new();

    public KeyTraces(string[] keys)
    {
        foreach (string key in keys)
        {
            byte[] plain = Encoding.UTF8.GetBytes(key);
            Add(key);
            Add(Uri.EscapeDataString(key));
            Add(System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(key));
            foreach (byte[] form in new[] { plain, Encoding.Unicode.GetBytes(key) })
            {
                Add(hexRuns, Convert.ToHexString(form));
                Add(hexRuns, Convert.ToHexString(form).ToLowerInvariant());
                for (int shift = 0; shift < 3; shift++)
                {
                    // What stands before it shifts it; only what is made of the key alone counts.
                    string text = Convert.ToBase64String(new byte[shift].Concat(form).ToArray()).TrimEnd('=');
                    Add(text[(shift == 0 ? 0 : 4)..^2]);
                }
            }
        }
    }

    /// <summary>The first trace in some bytes with what stands around it, or null.</summary>
    public string Find(byte[] bytes)
    {
        UInt128 last = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            last = (last << 8) | bytes[i];
            ulong run = (ulong)last;
            bool isHex = i >= (2 * Length) - 1 && hexRuns.Contains(run) && hexRuns.Contains((ulong)(last >> 64));
            if (i < Length - 1 || (!isHex && !runs.Contains(run))) continue;
            int start = Math.Max(0, i - 100);
            return Encoding.Latin1.GetString(bytes, start, Math.Min(bytes.Length, i + 40) - start);
        }

        return null;
    }

    public string Find(string text) => Find(Encoding.UTF8.GetBytes(text));

    private void Add(string text) => Add(runs, text);

    private static void Add(HashSet<ulong> runs, string text)
    {
        ulong run = 0;
        for (int i = 0; i < text.Length; i++)
        {
            run = (run << 8) | (byte)text[i];
            if (i >= Length - 1) runs.Add(run);
        }
    }
}
