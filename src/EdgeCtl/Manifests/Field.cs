namespace EdgeCtl.Manifests;

public enum FieldType
{
    Object,
    Text,
    WholeNumber,
    Flag,
    Duration,
    Quantity,

    /// <summary>SIGTERM, or a number.</summary>
    Signal,
    Choice,

    /// <summary>Names with texts: numbers and flags are taken as they are written.</summary>
    Map,
    TextList,
    ObjectList,
}

/// <summary>
/// A field of the manifest. The table of these checks what is read, and makes docs/spec/manifest.md and the JSON Schema.
/// </summary>
public sealed record Field(string Name, FieldType Type, string About)
{
    /// <summary>As it would be written; empty: none.</summary>
    public string Default { get; init; } = "";

    /// <summary>What is possible, for a person.</summary>
    public string Range { get; init; } = "";

    public bool IsRequired { get; init; }

    /// <summary>False: it belongs to the language, and is refused by name until it is built.</summary>
    public bool IsBuilt { get; init; } = true;

    public IReadOnlyList<string> Choices { get; init; } = [];

    public IReadOnlyList<Field> Fields { get; init; } = [];

    public Field? Find(string name) => Fields.FirstOrDefault(f => f.Name == name);
}
