namespace EdgeCtl.Manifest;

/// <summary>What may stand in a field.</summary>
public enum FieldKind
{
    /// <summary>A map with the fields of <see cref="SchemaField.Fields"/>.</summary>
    Object,

    /// <summary>A list of such maps.</summary>
    Objects,

    /// <summary>A map from names to texts.</summary>
    TextMap,
    TextList,
    Text,

    /// <summary>One of <see cref="SchemaField.Choices"/>.</summary>
    Choice,

    /// <summary>A list of them.</summary>
    Choices,
    Whole,
    Duration,

    /// <summary>A quantity in thousandths: <c>250m</c>.</summary>
    Cpu,

    /// <summary>A quantity in ones: <c>64Mi</c>.</summary>
    Quantity,

    /// <summary>A signal by name or number.</summary>
    Signal,
    Flag,
}

/// <summary>
/// One line of the schema. Parsing, the errors, docs/spec/manifest.md and docs/spec/manifest.schema.json all come from it.
/// </summary>
public sealed record SchemaField(string Name, FieldKind Kind, string Says)
{
    /// <summary>Of an object, or of a list's items.</summary>
    public IReadOnlyList<SchemaField> Fields { get; init; } = [];

    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Choices that are in the schema and refused by name.</summary>
    public IReadOnlyList<string> LaterChoices { get; init; } = [];

    /// <summary>As one would write it; null: nothing stands there unless it is written.</summary>
    public string? Default { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>False: in the schema, and refused by name until it is built.</summary>
    public bool IsBuilt { get; init; } = true;

    /// <summary>Of a number or quantity in its own unit (milli for cpu), of a duration in milliseconds, of a list or map its count.</summary>
    public long? Min { get; init; }

    public long? Max { get; init; }
}
