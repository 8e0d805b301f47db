using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NanoBanana.Sandbox.Wires;

/// <summary>JSON answers.</summary>
internal static class JsonBody
{
    public const string ContentType = "application/json";

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static SandboxResponse Answer(int status, Action<Utf8JsonWriter> write) =>
        new(status, ResponseBody.FromBytes(Bytes(write)), ContentType);
}
