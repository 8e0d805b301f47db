namespace NanoBanana.Sandbox;

/// <summary>A setting of the sandbox cannot be understood. The message names the setting and what it accepts.</summary>
public sealed class SandboxConfigurationException : FormatException
{
    public SandboxConfigurationException()
    {
    }

    public SandboxConfigurationException(string message)
        : base(message)
    {
    }

    public SandboxConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
