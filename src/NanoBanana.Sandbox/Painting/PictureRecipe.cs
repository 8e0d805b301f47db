namespace NanoBanana.Sandbox.Painting;

internal enum PictureFormat
{
    Png,
    Jpeg,
    Webp,
}

/// <summary>All that makes a picture: the same recipe gives the same bytes, at any time.</summary>
/// <param name="Prompt">What was asked for.</param>
/// <param name="Seed">The seed asked for, or the job's id where none was.</param>
/// <param name="Index">Which of a job's pictures, from 0.</param>
/// <param name="Size">Its pixels.</param>
/// <param name="Format">Its file format.</param>
/// <param name="References">The references to show in it.</param>
internal sealed record PictureRecipe(
    string Prompt, string Seed, int Index, PixelSize Size, PictureFormat Format, IReadOnlyList<Thumbnail> References)
{
    /// <summary>Paints and encodes.</summary>
    public byte[] Make()
    {
        using var grid = new CellGrid(Size.Width / CellGrid.CellSize, Size.Height / CellGrid.CellSize);
        Landscape.Paint(grid, this);
        ReferencePanels.Paint(grid, References);
        return Format switch
        {
            PictureFormat.Jpeg => Encoders.JpegEncoder.Encode(grid),
            PictureFormat.Webp => Encoders.WebpEncoder.Encode(grid),
            _ => Encoders.PngEncoder.Encode(grid),
        };
    }
}
