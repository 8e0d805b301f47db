using System.Management.Automation;
using System.Reflection;

namespace NanoBanana.Help;

/// <summary>A cmdlet as its attributes describe it. They are read as data, for no PowerShell runs here.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Verb">The verb.</param>
/// <param name="Noun">The noun.</param>
/// <param name="Parameters">Its parameters, positional ones first.</param>
/// <param name="Outputs">What it writes.</param>
internal sealed record CmdletShape(Type Type, string Verb, string Noun, IReadOnlyList<ParameterShape> Parameters, IReadOnlyList<Type> Outputs)
{
    public string Name => $"{Verb}-{Noun}";

    public static IEnumerable<CmdletShape> ReadAll(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        from data in type.GetCustomAttributesData()
        where data.AttributeType == typeof(CmdletAttribute)
        orderby type.Name
        select Read(type, data);

    private static CmdletShape Read(Type type, CustomAttributeData cmdlet)
    {
        IEnumerable<ParameterShape> own = type.GetProperties()
            .Select(ParameterShape.Read)
            .OfType<ParameterShape>()
            .OrderBy(parameter => parameter.Position ?? int.MaxValue);
        return new CmdletShape(
            type,
            (string)cmdlet.ConstructorArguments[0].Value!,
            (string)cmdlet.ConstructorArguments[1].Value!,
            [.. own, .. cmdlet.Has("SupportsShouldProcess") ? ParameterShape.Asking : []],
            [.. type.GetCustomAttributesData().Where(data => data.AttributeType == typeof(OutputTypeAttribute)).SelectMany(TypesOf)]);
    }

    private static IEnumerable<Type> TypesOf(CustomAttributeData output) =>
        output.ConstructorArguments.SelectMany(argument => argument.Value switch
        {
            Type one => [one],
            IEnumerable<CustomAttributeTypedArgument> many => many.Select(item => item.Value).OfType<Type>(),
            _ => Enumerable.Empty<Type>(),
        });
}

/// <summary>A parameter as its attributes describe it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Declaring">The class that declares it; null for those that PowerShell adds.</param>
/// <param name="Type">Its type, without Nullable.</param>
internal sealed record ParameterShape(string Name, Type? Declaring, Type Type)
{
    public static IReadOnlyList<ParameterShape> Asking { get; } =
    [
        new("WhatIf", null, typeof(SwitchParameter)) { Text = "Says what would be done, and does nothing." },
        new("Confirm", null, typeof(SwitchParameter)) { Text = "Asks before anything is done." },
    ];

    public bool IsMandatory { get; private init; }

    public int? Position { get; private init; }

    /// <summary>From the pipeline: by value, by property name, both, or not at all.</summary>
    public string PipelineInput { get; private init; } = "False";

    /// <summary>What it means, where no code says so.</summary>
    public string? Text { get; private init; }

    public bool IsSwitch => Type == typeof(SwitchParameter);

    public static ParameterShape? Read(PropertyInfo property)
    {
        CustomAttributeData? data = property.GetCustomAttributesData().FirstOrDefault(one => one.AttributeType == typeof(ParameterAttribute));
        if (data is null) return null;
        string[] ways = [.. new[] { data.Has("ValueFromPipeline") ? "ByValue" : null, data.Has("ValueFromPipelineByPropertyName") ? "ByPropertyName" : null }.OfType<string>()];
        return new ParameterShape(property.Name, property.DeclaringType, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)
        {
            IsMandatory = data.Has("Mandatory"),
            Position = data.Find("Position") as int?,
            PipelineInput = ways.Length == 0 ? "False" : $"True ({string.Join(", ", ways)})",
        };
    }
}

/// <summary>Reads the named values of an attribute.</summary>
internal static class AttributeReading
{
    public static object? Find(this CustomAttributeData data, string name) =>
        data.NamedArguments.Where(argument => argument.MemberName == name).Select(argument => argument.TypedValue.Value).FirstOrDefault();

    public static bool Has(this CustomAttributeData data, string name) => data.Find(name) is true;
}
