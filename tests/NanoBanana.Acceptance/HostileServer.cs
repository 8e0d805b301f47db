using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NanoBanana.Acceptance;

/// <summary>What reached the server, head and host.</summary>
internal sealed record Arrival(string Method, string Host, string Path, string Head)
{
    public bool HasKey => Head.Contains(Stage.CanaryKey, StringComparison.Ordinal) || Head.Contains("authorization:", StringComparison.OrdinalIgnoreCase) || Head.Contains("x-api-key:", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// An https server that stands for every host of the internet and answers as it is told, byte for byte: what no decent server
/// would send can be sent. One request a connection, so that each hop is a new one.
/// </summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Func<Arrival, string> answer;
    private readonly Task serving;

    public HostileServer(Func<Arrival, string> answer, params string[] names)
    {
        this.answer = answer;
        Certificate = CreateCertificate(names);
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    public X509Certificate2 Certificate { get; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public ConcurrentQueue<Arrival> Arrivals { get; } = new();

    /// <summary>The shortest image whose bytes are all of ASCII: a WebP of one pixel, 30 bytes.</summary>
    public const string Image = "RIFF\u0016\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0\0\0\0\0\0\0";

    /// <summary>An answer of raw text.</summary>
    public static string Redirect(int status, string location) => $"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    public static string Text(string body, string type = "text/plain") => $"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    /// <summary>Makes a client trust this server's certificate, and no other.</summary>
    public SocketsHttpHandler Trusted(SocketsHttpHandler handler)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(Certificate.RawData));
        handler.SslOptions.CertificateChainPolicy = policy;
        return handler;
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await serving;
        listener.Dispose();
        ending.Dispose();
        Certificate.Dispose();
    }

    private static X509Certificate2 CreateCertificate(string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=nanobanana tests", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names) alternatives.AddDnsName(name);
        request.CertificateExtensions.Add(alternatives.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), password: null);
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        while (!ending.IsCancellationRequested)
        {
            try
            {
                open.Add(AnswerAsync(await listener.AcceptTcpClientAsync(ending.Token)));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(open);
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var secure = new SslStream(client.GetStream());
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, ending.Token);
                if (await ReadHeadAsync(secure, ending.Token) is not { } head) return;
                string[] words = head.Split(' ', 3);
                string host = head.Split("\r\n").First(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase))[5..].Trim();
                var arrival = new Arrival(words[0], host, words[1], head);
                Arrivals.Enqueue(arrival);
                await secure.WriteAsync(Encoding.UTF8.GetBytes(answer(arrival)), ending.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // The client has hung up, as it should on a certificate that it does not trust.
            }
        }
    }

    /// <summary>Reads up to the empty line; a body after it is of no interest.</summary>
    public static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) == 1)
        {
            head.Append((char)one[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n") return head.ToString();
        }

        return null;
    }
}
