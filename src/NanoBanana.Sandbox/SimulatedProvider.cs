namespace NanoBanana.Sandbox;

/// <summary>A provider the sandbox can be, and where it lives.</summary>
/// <param name="Name">Its name, as everywhere: Fal, ApiDot, Apiframe, ApiMaster, Prospolabs.</param>
/// <param name="PathPrefix">Its name in lower case, the first segment of an address on the sandbox's server.</param>
/// <param name="DefaultHost">The host meant when an address on the server names none.</param>
/// <param name="Hosts">Every host of this provider that the sandbox answers for.</param>
public sealed record SimulatedProvider(string Name, string PathPrefix, string DefaultHost, IReadOnlyList<string> Hosts);
