using System.Management.Automation;

namespace NanoBanana.PowerShell.Commands;

/// <summary>Makes pictures from words.</summary>
[Cmdlet(VerbsCommon.New, "NBImage", SupportsShouldProcess = true)]
[OutputType(typeof(NBImage), typeof(NBJob))]
public sealed class NewNBImageCommand : BatchCommand
{
    /// <summary>What to paint.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public string?[]? Prompt { get; set; }

    private protected override string Activity => "Making pictures";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string? prompt in Prompt is { Length: > 0 } ? Prompt : [null]) Order(ImageOperation.Generate, prompt, []);
    }
}
