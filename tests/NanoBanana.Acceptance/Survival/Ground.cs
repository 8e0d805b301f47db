using System.Diagnostics;

namespace NanoBanana.Acceptance.Survival;

/// <summary>Folders in which nothing can be kept, as far as this machine and this user can have them.</summary>
internal static class Ground
{
    /// <summary>A path that leads through a file.</summary>
    public static string BelowAFile(Shipyard yard) => Path.Combine(yard.Write("file", [1]), "state");

    /// <summary>A folder in which nothing can be made; null where there is none.</summary>
    public static string? ReadOnly(Shipyard yard)
    {
        if (OperatingSystem.IsWindows()) return null;
        string folder = Path.Combine(Path.GetDirectoryName(yard.Output)!, "read-only");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        if (!CanMakeFile(folder)) return folder;

        // Nothing is forbidden to root, but there are folders of the system where nobody makes any.
        return Directory.Exists("/sys/kernel") ? "/sys/kernel" : null;
    }

    /// <summary>A folder with so much space; its disk goes when the ground is disposed of. Null where this user may mount none.</summary>
    /// <param name="yard">Where the folder is made.</param>
    /// <param name="kibibytes">The space.</param>
    public static SmallDisk? Small(Shipyard yard, int kibibytes)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(yard.Output)!, "disk")).FullName;
        return OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kibibytes}k,mode=0700", "tmpfs", folder) ? new SmallDisk(folder) : null;
    }

    internal static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }

    private static bool CanMakeFile(string folder)
    {
        try
        {
            string probe = Path.Combine(folder, "probe");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>A small disk.</summary>
/// <param name="folder">Where it is mounted.</param>
internal sealed class SmallDisk(string folder) : IDisposable
{
    private string Ballast => Path.Combine(folder, "ballast");

    public string Folder => folder;

    /// <summary>Leaves not a byte free.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Makes space again.</summary>
    public void Clear() => File.Delete(Ballast);

    public void Dispose() => Ground.Run("umount", folder);
}
