using System.Runtime.CompilerServices;

namespace NanoBanana.Tests;

/// <summary>Nothing that a test does lands among the user's own jobs and options.</summary>
internal static class TemporaryState
{
    [ModuleInitializer]
    internal static void Begin() => Environment.SetEnvironmentVariable(
        "NB_STATE_PATH", Path.Combine(Path.GetTempPath(), $"nb-tests-{Environment.ProcessId}"));
}
