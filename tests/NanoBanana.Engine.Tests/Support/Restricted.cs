using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace NanoBanana.Engine.Tests.Support;

/// <summary>Runs code that file modes hold, also where the tests run as root.</summary>
internal static partial class Restricted
{
    private const uint Version3 = 0x20080522;
    private const uint DacOverrideAndReadSearch = 0b110;

    /// <summary>Runs something on a thread, without the capabilities by which root passes file modes; threads made there have none either.</summary>
    public static void Run(Action action)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            action();
            return;
        }

        ExceptionDispatchInfo? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                Drop();
                action();
            }
            catch (Exception exception)
            {
                error = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        error?.Throw();
    }

    private static void Drop()
    {
        var header = new Header { Version = Version3 };
        var sets = new Sets[2];
        Assert.SkipWhen(GetCapabilities(ref header, sets) != 0, "The system has no capabilities that root can give up.");
        sets[0].Effective &= ~DacOverrideAndReadSearch;
        Assert.Equal(0, SetCapabilities(ref header, sets));
    }

    [LibraryImport("libc", EntryPoint = "capget")]
    private static partial int GetCapabilities(ref Header header, [In, Out] Sets[] sets);

    [LibraryImport("libc", EntryPoint = "capset")]
    private static partial int SetCapabilities(ref Header header, [In] Sets[] sets);

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public uint Version;
        public int Process;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Sets
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }
}
