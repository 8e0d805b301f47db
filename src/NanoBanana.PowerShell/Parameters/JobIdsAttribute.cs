using System.Collections;
using System.Management.Automation;

namespace NanoBanana.PowerShell.Parameters;

/// <summary>Takes the ids out of what is piped: jobs, pictures, objects with an Id or a JobId, also from another process.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class JobIdsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? plain = inputData is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : inputData;
        if (plain is not IEnumerable items || plain is string or IDictionary) return new[] { Id(inputData) };
        return items.Cast<object?>().Select(Id).ToArray();
    }

    private static string? Id(object? item)
    {
        object? plain = item is PSObject wrapped ? wrapped.BaseObject : item;
        return plain switch
        {
            null => null,
            string text => text,
            NBJob job => job.Id,
            NBImage image => image.JobId,
            _ => PSObject.AsPSObject(item!) is { } any && (any.Properties["JobId"] ?? any.Properties["Id"])?.Value is { } id ? id.ToString() : item!.ToString(),
        };
    }
}
