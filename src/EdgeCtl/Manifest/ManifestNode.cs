namespace EdgeCtl.Manifest;

/// <summary>A place in a file; both count from 1.</summary>
public readonly record struct TextPlace(int Line, int Column) : IComparable<TextPlace>
{
    public int CompareTo(TextPlace other) => Line != other.Line ? Line.CompareTo(other.Line) : Column.CompareTo(other.Column);
}

/// <summary>A piece of a document, with where it began.</summary>
internal abstract record ManifestNode(TextPlace At)
{
    /// <summary>What it is, for a person who expected something else.</summary>
    public abstract string Describe();
}

/// <summary>A text, a number, a flag or nothing. <see cref="IsPlain"/>: written without quotes, so that it may be a number.</summary>
internal sealed record ScalarNode(TextPlace At, string Text, bool IsPlain) : ManifestNode(At)
{
    private const int ShownMax = 40;

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public bool IsFlag => IsPlain && Text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    /// <summary>A number of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema).</summary>
    public bool IsNumber => IsPlain && Text.Length > 0 && (char.IsAsciiDigit(Text[0]) || Text[0] is '-' or '+' or '.')
        && (double.TryParse(Text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _) || Text.StartsWith("0x", StringComparison.Ordinal) || Text.StartsWith("0o", StringComparison.Ordinal));

    public override string Describe() =>
        IsNull ? "nothing" : IsNumber || IsFlag ? Shown : $"\"{Shown}\"";

    private string Shown => Text.Length <= ShownMax ? Text : Text[..ShownMax] + "…";
}

internal sealed record SequenceNode(TextPlace At, IReadOnlyList<ManifestNode> Items) : ManifestNode(At)
{
    public override string Describe() => "a list";
}

internal sealed record MappingNode(TextPlace At, IReadOnlyList<KeyValuePair<ScalarNode, ManifestNode>> Entries) : ManifestNode(At)
{
    public override string Describe() => "a map";
}
