using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace NanoBanana.PowerShell;

/// <summary>
/// Loads the engine and the sandbox in a context of their own, from <c>deps/</c>, so that their Polly.Core meets no other
/// module's. Answers for exactly these two names, and only while the module is imported.
/// </summary>
public sealed class ModuleLoader : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <summary>Called by PowerShell when the module is imported.</summary>
    public void OnImport() => AssemblyLoadContext.Default.Resolving += Resolve;

    /// <summary>Called by PowerShell when the module is removed.</summary>
    /// <param name="psModuleInfo">The module.</param>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name is "NanoBanana.Engine" or "NanoBanana.Sandbox" ? Engine.Context.LoadFromAssemblyName(name) : null;

    /// <summary>Made when it is first asked for an assembly, so that importing waits for nothing of it.</summary>
    private static class Engine
    {
        public static readonly EngineLoadContext Context = new();
    }

    /// <summary>Knows what lies in deps/; all else is the host's.</summary>
    private sealed class EngineLoadContext() : AssemblyLoadContext("NanoBanana")
    {
        private readonly string folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleLoader).Assembly.Location)!, "deps");

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string path = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
        }
    }
}
