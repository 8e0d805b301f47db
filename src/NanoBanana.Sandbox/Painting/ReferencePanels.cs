namespace NanoBanana.Sandbox.Painting;

/// <summary>Hangs the references of an edit over the scene, each in a frame, so that anyone can see they arrived.</summary>
internal static class ReferencePanels
{
    private const int Frame = 0xF4EFE2;
    private const int Shadow = 0x2A2622;

    public static void Paint(CellGrid grid, IReadOnlyList<Thumbnail> references)
    {
        if (references.Count == 0)
            return;
        var (columns, rows) = Layout(grid, references.Count);
        var boxWidth = grid.Width / columns;
        var boxHeight = grid.Height / rows;
        for (var i = 0; i < references.Count; i++)
            Hang(grid, references[i], i % columns * boxWidth, i / columns * boxHeight, boxWidth, boxHeight);
    }

    /// <summary>The arrangement whose boxes are the most nearly square.</summary>
    private static (int Columns, int Rows) Layout(CellGrid grid, int count)
    {
        var best = (Columns: 1, Rows: count);
        var least = double.MaxValue;
        for (var columns = 1; columns <= count; columns++)
        {
            var rows = (count + columns - 1) / columns;
            var shape = Math.Abs(Math.Log((double)grid.Width / columns / ((double)grid.Height / rows)));
            if (shape >= least)
                continue;
            least = shape;
            best = (columns, rows);
        }

        return best;
    }

    private static void Hang(CellGrid grid, Thumbnail picture, int left, int top, int boxWidth, int boxHeight)
    {
        // Two thirds of the box, so that the scene stays visible around it; a frame of one cell on each side.
        var roomWidth = Math.Max(1, boxWidth * 2 / 3 - 2);
        var roomHeight = Math.Max(1, boxHeight * 2 / 3 - 2);
        var scale = Math.Min((double)roomWidth / picture.Source.Width, (double)roomHeight / picture.Source.Height);
        var width = Math.Clamp((int)Math.Round(picture.Source.Width * scale), 1, roomWidth);
        var height = Math.Clamp((int)Math.Round(picture.Source.Height * scale), 1, roomHeight);
        var x0 = left + (boxWidth - width) / 2;
        var y0 = top + (boxHeight - height) / 2;

        grid.Fill(x0, y0, width + 2, height + 2, Shadow);
        grid.Fill(x0 - 1, y0 - 1, width + 2, height + 2, Frame);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                grid.Set(x0 + x, y0 + y, picture.At(x * picture.Width / width, y * picture.Height / height));
        }
    }
}
