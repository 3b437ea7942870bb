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

    /// <summary>Names with quantities.</summary>
    QuantityMap,
}

/// <summary>
/// A field of the manifest. The table of these checks what is read, and makes docs/spec/manifest.md and the JSON Schema.
/// </summary>
public sealed record Field(string Name, FieldType Type, string About)
{
    /// <summary>As it would be written; empty: none.</summary>
    public string Default { get; init; } = "";

    /// <summary>What is possible, for a person: reads after the type, as "from 1s to 1h" does.</summary>
    public string Range { get; init; } = "";

    /// <summary>Of a whole number.</summary>
    public int Min { get; init; }

    /// <summary>Of a whole number; of a list or a map the most that may stand in it. 0: none is told.</summary>
    public int Max { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>False: it belongs to the language, and is refused by name until it is built.</summary>
    public bool IsBuilt { get; init; } = true;

    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Choices that belong to the language and are refused by name until they are built.</summary>
    public IReadOnlyList<string> LaterChoices { get; init; } = [];

    public IReadOnlyList<Field> Fields { get; init; } = [];

    /// <summary>What may stand there, as errors and docs/spec/manifest.md say it.</summary>
    public string Expected => Type switch
    {
        FieldType.Object => "fields",
        FieldType.WholeNumber => $"a whole number from {Min} to {Max}",
        FieldType.Flag => "true or false",
        FieldType.Duration => $"a duration such as 10s or 2m{Behind(Range)}",
        FieldType.Quantity => $"a quantity{Behind(Range)}",
        FieldType.Signal => "a signal such as SIGTERM, or its number",
        FieldType.Choice => string.Join(" or ", Choices),
        FieldType.Map => $"names with texts{AtMost}",
        FieldType.QuantityMap => $"names with quantities{AtMost}",
        FieldType.TextList => $"a list of texts{AtMost}",
        FieldType.ObjectList => $"a list of fields{AtMost}",
        _ => Range.Length > 0 ? Range : "a text",
    };

    private string AtMost => Max > 0 ? $", at most {Max}" : "";

    public Field? Find(string name) => Fields.FirstOrDefault(f => f.Name == name);

    private static string Behind(string range) => range.Length > 0 ? " " + range : "";
}
