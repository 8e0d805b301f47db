namespace NanoBanana.PowerShell.Credentials;

/// <summary>Tells without loading SecretManagement that it knows no vault.</summary>
internal static class VaultRegistry
{
    /// <summary>Whether there may be a vault; false only when there certainly is none.</summary>
    /// <remarks>
    /// SecretManagement 1.x keeps its list in one file for each user, which the first Register-SecretVault makes. Once the
    /// module is loaded its answer is cheap, and is the one that counts.
    /// </remarks>
    public static bool MayHoldVaults() => SecretVaults.IsLoaded || FilePath is not { } path || File.Exists(path);

    private static string? FilePath
    {
        get
        {
            string? root = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetEnvironmentVariable("HOME");
            if (string.IsNullOrEmpty(root)) return null;
            string folder = OperatingSystem.IsWindows() ? Path.Combine(root, "Microsoft", "PowerShell", "secretmanagement") : Path.Combine(root, ".secretmanagement");
            return Path.Combine(folder, "secretvaultregistry", "vaultinfo");
        }
    }
}
