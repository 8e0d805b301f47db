namespace NanoBanana.Engine.Tests.Support;

/// <summary>Tests that count what is allocated run alone: the count is that of the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuresMemory
{
    public const string Name = "measures memory";
}
