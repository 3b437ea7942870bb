using System.Globalization;
using EdgeAgent.Core.Units;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EdgeCtl.Manifests;

/// <summary>Nodes against the schema: unknown and unbuilt fields, wrong types, what is missing. All faults at once, each with its place.</summary>
internal sealed class SchemaCheck(string file, List<ManifestError> errors)
{
    private const int NearEnough = 3;

    public void Check(YamlNode node, Field field, string path)
    {
        switch (field.Type)
        {
            case FieldType.Object:
                Object(node, field, path);
                break;
            case FieldType.Map or FieldType.QuantityMap:
                Map(node, field, path);
                break;
            case FieldType.TextList:
                Items(node, path, item => _ = Scalar(item, path, "a text"));
                break;
            case FieldType.ObjectList:
                Items(node, path, item => Object(item, field, path));
                break;
            default:
                Value(node, field, path);
                break;
        }
    }

    public void Fault(YamlNode node, string message) => errors.Add(new(file, node.Start.Line, node.Start.Column, message));

    private void Object(YamlNode node, Field field, string path)
    {
        if (node is not YamlMappingNode mapping)
        {
            Fault(node, $"{Name(path)}: expected fields, found {Describe(node)}");
            return;
        }

        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            var child = field.Find(name);
            if (child is null)
            {
                Fault(key, $"{Join(path, name)}: there is no such field{Hint(name, field)}");
            }
            else if (!child.IsBuilt)
            {
                Fault(key, $"{Join(path, name)}: is not built yet in this version, and is refused rather than ignored; leave it out");
            }
            else
            {
                Check(value, child, Join(path, name));
            }
        }

        foreach (var missing in field.Fields.Where(f => f.IsRequired && !mapping.Children.Keys.Any(k => (k as YamlScalarNode)?.Value == f.Name)))
        {
            Fault(node, $"{Join(path, missing.Name)}: is missing: {missing.About}");
        }
    }

    private void Map(YamlNode node, Field field, string path)
    {
        if (node is not YamlMappingNode mapping)
        {
            Fault(node, $"{path}: expected {field.Expected}, found {Describe(node)}");
            return;
        }

        foreach (var (key, value) in mapping.Children)
        {
            var place = Join(path, (key as YamlScalarNode)?.Value ?? "?");
            if (field.Type == FieldType.QuantityMap)
            {
                Value(value, new Field("", FieldType.Quantity, "") { Range = "such as 500m or 2" }, place);
            }
            else
            {
                _ = Scalar(value, place, "a text");
            }
        }
    }

    private void Items(YamlNode node, string path, Action<YamlNode> check)
    {
        if (node is not YamlSequenceNode sequence)
        {
            Fault(node, $"{path}: expected a list, found {Describe(node)}");
            return;
        }

        foreach (var item in sequence.Children)
        {
            check(item);
        }
    }

    private void Value(YamlNode node, Field field, string path)
    {
        if (Scalar(node, path, field.Expected) is not { } text)
        {
            return;
        }

        var why = "";
        var isRight = field.Type switch
        {
            FieldType.WholeNumber => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            FieldType.Flag => text is "true" or "false",
            FieldType.Duration => DurationText.TryParse(text, out _, out var error) || Because(error, out why),
            FieldType.Quantity => (Quantity.TryParse(text, out var amount, out var error) && amount >= 0) || Because(error ?? "is negative", out why),
            FieldType.Signal => Signals.TryParse(text, out _),
            FieldType.Choice => field.Choices.Contains(text),
            _ => true,
        };
        if (field.LaterChoices.Contains(text))
        {
            Fault(node, $"{path}: {text} is not built yet in this version, and is refused rather than ignored; there {(field.Choices.Count == 1 ? "is" : "are")} {string.Join(", ", field.Choices)}");
        }
        else if (!isRight)
        {
            var near = field.Type == FieldType.Choice && field.Choices.MinBy(c => EditDistance.Between(c, text)) is { } choice && EditDistance.Between(choice, text) <= NearEnough ? $"; did you mean {choice}?" : "";
            Fault(node, $"{path}: expected {field.Expected}, found \"{Shorten(text)}\"{(why.Length > 0 ? $", which {why}" : "")}{near}");
        }
    }

    private string? Scalar(YamlNode node, string path, string expected)
    {
        if (node is YamlScalarNode { Value: { } text } scalar && !(scalar.Style == ScalarStyle.Plain && text is "" or "~" or "null"))
        {
            return text;
        }

        Fault(node, $"{path}: expected {expected}, found {Describe(node)}");
        return null;
    }

    private static bool Because(string? error, out string why)
    {
        why = error ?? "";
        return false;
    }

    private static string Hint(string name, Field field)
    {
        var near = field.Fields.MinBy(f => EditDistance.Between(f.Name, name));
        return near is not null && EditDistance.Between(near.Name, name) <= NearEnough
            ? $"; did you mean {near.Name}?"
            : $"; there {(field.Fields.Count == 1 ? "is" : "are")} {string.Join(", ", field.Fields.Where(f => f.IsBuilt).Select(f => f.Name))}";
    }

    private static string Describe(YamlNode node) => node switch
    {
        YamlMappingNode => "fields",
        YamlSequenceNode => "a list",
        YamlScalarNode { Value: null or "" } => "nothing",
        YamlScalarNode scalar => $"\"{Shorten(scalar.Value!)}\"",
        _ => "something else",
    };

    private static string Name(string path) => path.Length == 0 ? "the manifest" : path;

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
