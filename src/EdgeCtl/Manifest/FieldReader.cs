using System.Globalization;

namespace EdgeCtl.Manifest;

/// <summary>Reads a document by the schema: everything that is wrong with it is told at once, each with its place.</summary>
internal sealed class FieldReader(string source)
{
    private readonly List<ManifestError> _errors = [];

    public FieldValues Values { get; } = new();

    public IReadOnlyList<ManifestError> Errors => _errors;

    public void Read(ManifestNode document)
    {
        Values.Place("", document.At);
        Object(ManifestSchema.Root, "", document);
    }

    public void Refuse(TextPlace at, string path, string message) => _errors.Add(new ManifestError(source, at, path, message));

    private void Object(SchemaField field, string path, ManifestNode node)
    {
        if (node is not MappingNode map)
        {
            Expected(node, path, "a map", field);
            return;
        }

        foreach (var (key, value) in map.Entries)
        {
            var below = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
            if (field.Fields.FirstOrDefault(f => f.Name == key.Text) is { } known)
            {
                Values.Place(below, value is ScalarNode ? value.At : key.At);
                Field(known, below, value, key.At);
            }
            else
            {
                Unknown(field, below, key);
            }
        }

        foreach (var missing in field.Fields.Where(f => f.IsRequired && map.Entries.All(e => e.Key.Text != f.Name)))
        {
            var below = path.Length == 0 ? missing.Name : $"{path}.{missing.Name}";
            Refuse(map.At, below, $"is required: {missing.Says}{(missing.Choices.Count == 1 ? $"; write {missing.Name}: {missing.Choices[0]}" : "")}");
        }
    }

    private void Unknown(SchemaField field, string path, ScalarNode key)
    {
        var names = field.Fields.Select(f => f.Name).ToList();
        var advice = NearestName.Of(key.Text, names) is { } near ? $"did you mean {near}?"
            : names.Count == 0 ? "nothing stands here"
            : $"expected one of {string.Join(", ", names)}";
        Refuse(key.At, path, $"is no field: {advice}");
    }

    private void Field(SchemaField field, string path, ManifestNode node, TextPlace keyAt)
    {
        if (!field.IsBuilt)
        {
            Refuse(keyAt, path, "is not built yet: leave it out");
            return;
        }

        if (node is ScalarNode { IsNull: true })
        {
            Expected(node, path, "a value; leave the field out for its default", field);
            return;
        }

        switch (field.Kind)
        {
            case FieldKind.Object:
                Object(field, path, node);
                break;
            case FieldKind.Objects:
                Objects(field, path, node);
                break;
            case FieldKind.TextMap:
                Pairs(field, path, node);
                break;
            case FieldKind.TextList:
                Texts(field, path, node);
                break;
            default:
                Scalar(field, path, node);
                break;
        }
    }

    private void Objects(SchemaField field, string path, ManifestNode node)
    {
        if (node is not SequenceNode list)
        {
            Expected(node, path, "a list", field);
            return;
        }

        Values.Set(path, (long)list.Items.Count);
        for (var i = 0; i < list.Items.Count && IsWithin(field, path, list.At, list.Items.Count); i++)
        {
            Values.Place($"{path}[{i}]", list.Items[i].At);
            Object(field, $"{path}[{i}]", list.Items[i]);
        }
    }

    private void Texts(SchemaField field, string path, ManifestNode node)
    {
        if (node is not SequenceNode list)
        {
            Expected(node, path, "a list of texts, such as [\"a\", \"b\"]", field);
            return;
        }

        var texts = new List<string>();
        for (var i = 0; i < list.Items.Count && IsWithin(field, path, list.At, list.Items.Count); i++)
        {
            Values.Place($"{path}[{i}]", list.Items[i].At);
            if (TryText(list.Items[i], $"{path}[{i}]", out var text))
            {
                texts.Add(text);
            }
        }

        if (list.Items.Count == 0)
        {
            IsWithin(field, path, list.At, 0);
        }

        Values.Set(path, texts);
    }

    private void Pairs(SchemaField field, string path, ManifestNode node)
    {
        if (node is not MappingNode map)
        {
            Expected(node, path, "a map from names to texts, such as {zone: a}", field);
            return;
        }

        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in map.Entries)
        {
            Values.Place($"{path}.{key.Text}", value.At);
            if (TryText(value, $"{path}.{key.Text}", out var text))
            {
                pairs[key.Text] = text;
            }
        }

        IsWithin(field, path, map.At, map.Entries.Count);
        Values.Set(path, pairs);
    }

    private bool TryText(ManifestNode node, string path, out string text)
    {
        text = "";
        if (node is not ScalarNode scalar || scalar.IsNull)
        {
            Refuse(node.At, path, $"expected a text, found {node.Describe()}");
            return false;
        }

        if (scalar.IsNumber || scalar.IsFlag)
        {
            Refuse(node.At, path, $"expected a text, found {(scalar.IsFlag ? "the flag" : "the number")} {scalar.Text}: write \"{scalar.Text}\"");
            return false;
        }

        text = scalar.Text;
        return true;
    }

    private bool IsWithin(SchemaField field, string path, TextPlace at, int count)
    {
        var isWithin = count >= (field.Min ?? 0) && count <= (field.Max ?? int.MaxValue);
        if (!isWithin)
        {
            Refuse(at, path, $"has {count} entries, expected {field.Min ?? 0} to {field.Max}");
        }

        return isWithin;
    }

    private void Scalar(SchemaField field, string path, ManifestNode node)
    {
        if (node is not ScalarNode scalar)
        {
            Expected(node, path, FieldText.Expected(field), field);
            return;
        }

        if (field.Kind == FieldKind.Text)
        {
            if (TryText(node, path, out var text))
            {
                Values.Set(path, text);
            }

            return;
        }

        if (FieldText.TryRead(field, scalar, out var value, out var error))
        {
            Values.Set(path, value);
        }
        else
        {
            Refuse(node.At, path, error);
        }
    }

    private void Expected(ManifestNode node, string path, string what, SchemaField field) =>
        Refuse(node.At, path, string.Create(CultureInfo.InvariantCulture, $"expected {what}, found {node.Describe()}{(field.Kind == FieldKind.Object && field.Fields.Count > 0 ? $": its fields are {string.Join(", ", field.Fields.Select(f => f.Name))}" : "")}"));
}
