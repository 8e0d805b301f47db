using System.Globalization;
using System.Xml.Linq;

namespace NanoBanana.Help;

/// <summary>Writes what Get-Help reads: Microsoft Assistance Markup Language.</summary>
internal sealed class HelpFile(CodeComments comments)
{
    private static readonly XNamespace Items = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public XDocument Make(IEnumerable<CmdletShape> cmdlets) => new(new XElement(
        Items + "helpItems",
        new XAttribute("schema", "maml"),
        cmdlets.Select(Cmdlet)));

    private XElement Cmdlet(CmdletShape cmdlet)
    {
        string synopsis = comments.Of(cmdlet.Type);
        return new XElement(
            Command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", Maml),
            new XAttribute(XNamespace.Xmlns + "command", Command),
            new XAttribute(XNamespace.Xmlns + "dev", Dev),
            new XElement(
                Command + "details",
                new XElement(Command + "name", cmdlet.Name),
                new XElement(Command + "verb", cmdlet.Verb),
                new XElement(Command + "noun", cmdlet.Noun),
                Described(synopsis)),
            Paragraph(Maml + "description", synopsis),
            new XElement(
                Command + "syntax",
                new XElement(Command + "syntaxItem", new XElement(Maml + "name", cmdlet.Name), cmdlet.Parameters.Select(Parameter))),
            new XElement(Command + "parameters", cmdlet.Parameters.Select(Parameter)),
            new XElement(Command + "returnValues", cmdlet.Outputs.Select(type => new XElement(Command + "returnValue", TypeOf(type.FullName!)))));
    }

    private XElement Parameter(ParameterShape parameter)
    {
        string type = Word(parameter.Type);
        string text = parameter.Text ?? comments.Of(parameter.Declaring!, parameter.Name);
        return new XElement(
            Command + "parameter",
            new XAttribute("required", Lower(parameter.IsMandatory)),
            new XAttribute("variableLength", Lower(parameter.Type.IsArray)),
            new XAttribute("globbing", "false"),
            new XAttribute("pipelineInput", parameter.PipelineInput),
            new XAttribute("position", parameter.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
            new XElement(Maml + "name", parameter.Name),
            Paragraph(Maml + "description", text),
            parameter.IsSwitch ? null : new XElement(Command + "parameterValue", new XAttribute("required", "true"), new XAttribute("variableLength", Lower(parameter.Type.IsArray)), type),
            TypeOf(type));
    }

    private static XElement TypeOf(string name) => new(Dev + "type", new XElement(Maml + "name", name));

    private static XElement Described(string text) => Paragraph(Maml + "description", text);

    private static XElement Paragraph(XName name, string text) => new(name, new XElement(Maml + "para", text));

    /// <summary>A type as PowerShell users write it.</summary>
    private static string Word(Type type) => type.IsArray
        ? Word(type.GetElementType()!) + "[]"
        : type.Name switch
        {
            "String" => "string",
            "Int32" => "int",
            "Int64" => "long",
            "Double" => "double",
            "Boolean" => "bool",
            "Decimal" => "decimal",
            "SwitchParameter" => "switch",
            "IDictionary" => "hashtable",
            _ => type.Name,
        };

    private static string Lower(bool value) => value ? "true" : "false";
}
