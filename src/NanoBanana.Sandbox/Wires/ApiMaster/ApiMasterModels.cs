namespace NanoBanana.Sandbox.Wires.ApiMaster;

/// <summary>The catalogue in OpenAI's format (<c>GET /v1/models</c>): the two ids of this model, S3's and that of the later notes.</summary>
internal static class ApiMasterModels
{
    private const long Created = 1_767_225_600;

    public static readonly string[] Known = ["gemini-3.1-flash-image-preview", "gemini-3.1-flash-image"];

    public static SandboxResponse Answer() => JsonBody.Answer(200, static json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var id in Known)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("object", "model");
            json.WriteNumber("created", Created);
            json.WriteString("owned_by", "google");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
