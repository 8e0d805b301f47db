using System.Text.Json;
using System.Text.Json.Serialization;

namespace NanoBanana.Sandbox.Painting;

internal enum PictureFormat
{
    Png,
    Jpeg,
    Webp,
}

/// <summary>All that makes an image: the same recipe gives the same bytes, at any time. It is also written into the file.</summary>
/// <param name="Prompt">What was asked for.</param>
/// <param name="Seed">The seed asked for, or the job's id where none was.</param>
/// <param name="Index">Which of a job's images, from 0.</param>
/// <param name="Size">Its pixels.</param>
/// <param name="Format">Its file format.</param>
/// <param name="References">The references to show in it.</param>
internal sealed record PictureRecipe(
    string Prompt, string Seed, int Index, PixelSize Size, PictureFormat Format, IReadOnlyList<Reference> References)
{
    /// <summary>The longest recipe that is written into a file, in bytes: a JPEG comment holds 65,533.</summary>
    private const int MaxLength = 60_000;

    /// <summary>How many references deep a recipe is written and drawn: an edit of an edit shows the first image, not more.</summary>
    private const int MaxDepth = 2;

    /// <summary>Draws and encodes.</summary>
    public byte[] Make()
    {
        using var grid = new CellGrid(Size.Width / CellGrid.CellSize, Size.Height / CellGrid.CellSize);
        Draw(grid);
        var text = ToBytes();
        return Format switch
        {
            PictureFormat.Jpeg => Encoders.JpegEncoder.Encode(grid, text),
            PictureFormat.Webp => Encoders.WebpEncoder.Encode(grid, text),
            _ => Encoders.PngEncoder.Encode(grid, text),
        };
    }

    /// <summary>Draws it on a grid of any size.</summary>
    public void Draw(CellGrid grid)
    {
        Landscape.Paint(grid, this);
        ReferencePanels.Paint(grid, [.. References.Select(static reference => reference.ToThumbnail())]);
    }

    /// <summary>Reads a recipe that was written into a file.</summary>
    /// <returns>The recipe; null where the text is none.</returns>
    public static PictureRecipe? FromBytes(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, RecipeJson.Default.PictureRecipe) is { Prompt: not null, Seed: not null, References: not null } recipe
                && recipe.References.All(static reference => reference?.Hash is not null)
                    ? recipe.CutAt(MaxDepth)
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The recipe as ASCII JSON; empty where it is too long for a file.</summary>
    private byte[] ToBytes()
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(CutAt(MaxDepth), RecipeJson.Default.PictureRecipe);
        return text.Length <= MaxLength ? text : [];
    }

    private PictureRecipe CutAt(int depth) => this with
    {
        References = [.. References.Select(reference => reference with { Recipe = depth > 0 ? reference.Recipe?.CutAt(depth - 1) : null })],
    };
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(PictureRecipe))]
internal sealed partial class RecipeJson : JsonSerializerContext;
