using System.Management.Automation;
using NanoBanana.Engine.Requests;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Edits pictures, or makes new ones of them, by words.</summary>
[Cmdlet(VerbsData.Edit, "NBImage", SupportsShouldProcess = true)]
[OutputType(typeof(NBImage), typeof(NBJob))]
public sealed class EditNBImageCommand : BatchCommand
{
    private EditWords once = null!;

    /// <summary>What to do with the picture.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public string?[]? Prompt { get; set; }

    /// <summary>The pictures to work from: paths, files, https addresses, or pictures made before.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [AllowNull]
    [ImageReferences]
    public NBImageReference?[]? Image { get; set; }

    private protected override string Activity => "Editing pictures";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        once = Words;
        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A picture from the pipeline has a Prompt, a Seed and so on of its own: they tell how it was made, not how to edit it.
        if (!GivenOnce.Contains(nameof(Image)) && Image is [{ Image: not null }]) Words = once;
        IReadOnlyList<ReferenceImage> references;
        try
        {
            references = Builder.ReadReferences((Image ?? []).OfType<NBImageReference>());
        }
        catch (NBException error)
        {
            Refuse(error, Image is [{ } image, ..] ? image : null);
            return;
        }

        foreach (string? prompt in Prompt is { Length: > 0 } ? Prompt : [null]) Order(ImageOperation.Edit, prompt, references);
    }

    private EditWords Words
    {
        get => new(Prompt, Provider, Resolution, AspectRatio, Seed, OutFile);
        set => (Prompt, Provider, Resolution, AspectRatio, Seed, OutFile) = value;
    }

    private sealed record EditWords(string?[]? Prompt, string[]? Provider, string? Resolution, string? AspectRatio, long? Seed, string? OutFile);
}
