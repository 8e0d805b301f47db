using System.Collections;
using System.Management.Automation;
using System.Security;
using NanoBanana.PowerShell.Bridge;
using NanoBanana.PowerShell.Parameters;

namespace NanoBanana.PowerShell.Commands;

/// <summary>The parameters that making and editing pictures share.</summary>
public abstract class ImageCommand : JobEventCmdlet
{
    /// <summary>The parameter set of a command whose request stands on the command line.</summary>
    internal const string PromptSet = "Prompt";

    /// <summary>The parameter set of a command that reads objects from the pipeline.</summary>
    internal const string RowSet = "Row";

    /// <summary>What to make, or how to change it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PromptSet)]
    [Parameter(Position = 0, ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    [PromptText]
    public string?[]? Prompt { get; set; }

    /// <summary>Text, or an object whose properties are the settings of one request; the row binder reads it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RowSet, ValueFromPipeline = true)]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The provider; several to ask the next when one does not take the job; Auto for the cheapest that can.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ProviderChoiceCompleter))]
    public string[]? Provider { get; set; }

    /// <summary>The model as the provider names it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>0.5K, 1K, 2K or 4K.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ResolutionCompleter))]
    public string? Resolution { get; set; }

    /// <summary>auto, or for example 16:9.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AspectRatioCompleter))]
    public string? AspectRatio { get; set; }

    /// <summary>png, jpeg or webp.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(OutputFormatCompleter))]
    public string? OutputFormat { get; set; }

    /// <summary>How many pictures of each prompt.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [InvariantNumber(IsWhole = true)]
    public int Count { get; set; } = 1;

    /// <summary>The seed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [InvariantNumber(IsWhole = true)]
    public long? Seed { get; set; }

    /// <summary>The file to write.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutFile { get; set; }

    /// <summary>The folder to write to.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? OutDirectory { get; set; }

    /// <summary>How files are named.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FileNameFormat { get; set; }

    /// <summary>Write over existing files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Never write over existing files; the default, said aloud.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Hand out the addresses instead of files.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NoDownload { get; set; }

    /// <summary>Give the job as soon as the provider has taken it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Ask the provider to cancel what is running when the command is stopped or its time is over.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter CancelOnStop { get; set; }

    /// <summary>1 (strict) to 6.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [InvariantNumber(IsWhole = true)]
    public int? SafetyTolerance { get; set; }

    /// <summary>Search the web first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter WebSearch { get; set; }

    /// <summary>Search for pictures first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter ImageSearch { get; set; }

    /// <summary>How much to think.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public ThinkingLevel? ThinkingLevel { get; set; }

    /// <summary>Words to the model that stand above the prompt.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? SystemPrompt { get; set; }

    /// <summary>Limit to one picture for each round of prompting.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? LimitGenerations { get; set; }

    /// <summary>Take the picture inside the answer.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SyncMode { get; set; }

    /// <summary>Use the synchronous endpoint.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter Direct { get; set; }

    /// <summary>Normal or Low.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public QueuePriority Priority { get; set; }

    /// <summary>Give up when the job has not started after so many seconds.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [InvariantNumber]
    public double? StartTimeoutSec { get; set; }

    /// <summary>Switch the provider's own retries off.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NoProviderRetry { get; set; }

    /// <summary>Where the provider tells that the job has ended.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public Uri? CallbackUri { get; set; }

    /// <summary>The provider through which local references get an address.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(UploadViaCompleter))]
    public string? UploadVia { get; set; }

    /// <summary>Tells a repeated submit from a new one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? IdempotencyKey { get; set; }

    /// <summary>Fields to send as they are.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public IDictionary? AdditionalProperties { get; set; }

    /// <summary>The time for one job in seconds; 0 for no limit.</summary>
    [Parameter]
    [InvariantNumber(IsWhole = true)]
    [ValidateRange(0, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 900;

    /// <summary>How often a call is repeated where that is safe.</summary>
    [Parameter]
    [InvariantNumber(IsWhole = true)]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; } = 5;

    /// <summary>The most US dollars for all pictures of this command.</summary>
    [Parameter]
    [InvariantNumber]
    [ValidateNotNull]
    [ValidateRange(0, 1_000_000)]
    public decimal? MaxCost { get; set; }

    /// <summary>Submit also what has no known price, where -MaxCost or a daily budget is set.</summary>
    [Parameter]
    public SwitchParameter AllowUnknownPrice { get; set; }

    /// <summary>How many jobs at once.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ThrottleLimit { get; set; } = 5;

    /// <summary>The provider's key.</summary>
    [Parameter]
    public SecureString? ApiKey { get; set; }

    /// <summary>The SecretManagement vault that holds the key; the default vault where none is named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VaultCompleter))]
    public string? Vault { get; set; }

    /// <summary>Ask the simulator instead of a provider.</summary>
    [Parameter]
    public SwitchParameter Sandbox { get; set; }
}
