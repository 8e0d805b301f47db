using NanoBanana.Sandbox.Encoders;
using NanoBanana.Sandbox.Painting;
using NanoBanana.Sandbox.Storage;

namespace NanoBanana.Sandbox.Jobs;

/// <summary>A reference stops a job; the message is never shown, the provider has words of its own.</summary>
internal sealed class ReferenceException(JobEnd end, int index) : Exception
{
    public JobEnd End { get; } = end;

    public int Index { get; } = index;
}

/// <summary>Paints the pictures of a job, references and all. Each provider hands in how it reaches a reference.</summary>
/// <param name="fetch">The bytes behind an address; null where the network would have been asked, an empty array where nothing answers.</param>
/// <param name="pathOf">The path a picture gets on the provider's file host.</param>
internal sealed class Studio(Func<string, byte[]?> fetch, Func<string, int, PictureFormat, string> pathOf)
{
    public IReadOnlyList<JobPicture> Paint(string jobId, JobOrder order)
    {
        var references = Load(order.References);
        var ratio = order.AspectRatio;
        if (string.Equals(ratio, "auto", StringComparison.Ordinal))
            ratio = references.Count > 0 ? SizeTable.Nearest(references[0].Size.Width, references[0].Size.Height) : "1:1";
        var size = SizeTable.Find(ratio, order.Tier);
        var seed = order.Seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? jobId;
        var pictures = new JobPicture[order.Count];
        for (var i = 0; i < pictures.Length; i++)
        {
            var recipe = new PictureRecipe(order.Prompt, seed, i, size, order.Format, references);
            var media = new MediaItem(ContentTypeOf(order.Format), recipe.Make(), recipe.Make);
            pictures[i] = new JobPicture(pathOf(jobId, i, order.Format), size, media);
        }

        return pictures;
    }

    public static string ContentTypeOf(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => "image/jpeg",
        PictureFormat.Webp => "image/webp",
        _ => "image/png",
    };

    private List<Reference> Load(IReadOnlyList<string> addresses)
    {
        var references = new List<Reference>(addresses.Count);
        for (var i = 0; i < addresses.Count; i++)
        {
            var bytes = fetch(addresses[i]);
            if (bytes is { Length: 0 })
                throw new ReferenceException(JobEnd.ReferenceUnreachable, i);
            try
            {
                references.Add(bytes is null ? Reference.FromAddress(addresses[i]) : Reference.FromFile(bytes));
            }
            catch (NotAnImageException)
            {
                throw new ReferenceException(JobEnd.ReferenceUnreadable, i);
            }
        }

        return references;
    }
}
