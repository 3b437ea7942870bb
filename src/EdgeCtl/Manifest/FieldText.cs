using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeAgent.Core.Units;

namespace EdgeCtl.Manifest;

/// <summary>A single value of each kind: from its text, with what was expected where it isn't one.</summary>
public static class FieldText
{
    /// <summary>What may stand there, for a person: <c>a whole number from 0 to 1000</c>.</summary>
    public static string Expected(SchemaField field) => field.Kind switch
    {
        FieldKind.Whole => $"a whole number{Range(field)}",
        FieldKind.Duration => $"a duration such as 10s{Range(field)}",
        FieldKind.Cpu => $"a quantity such as 250m{Range(field)}",
        FieldKind.Quantity => $"a quantity such as 64Mi{Range(field)}",
        FieldKind.Signal => "a signal such as SIGTERM, or its number",
        FieldKind.Flag => "true or false",
        FieldKind.Choice => field.Choices.Count == 1 ? field.Choices[0] : $"one of {string.Join(", ", field.Choices)}",
        _ => "a text",
    };

    /// <summary>From the least to the greatest, as one writes them; empty where the schema has none.</summary>
    public static string Range(SchemaField field) =>
        field is { Min: { } min, Max: { } max } ? $" from {Limit(field, min)} to {Limit(field, max)}" : "";

    /// <summary>A limit as one writes it.</summary>
    public static string Limit(SchemaField field, long value) => field.Kind switch
    {
        FieldKind.Duration => DurationText.Format(TimeSpan.FromMilliseconds(value)),
        FieldKind.Cpu => Quantity.Format(value / 1000m),
        FieldKind.Quantity => Quantity.Format(value),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    internal static bool TryRead(SchemaField field, ScalarNode node, [NotNullWhen(true)] out object? value, out string error)
    {
        (value, var detail) = field.Kind switch
        {
            FieldKind.Whole => Whole(node),
            FieldKind.Duration => DurationText.TryParse(node.Text, out var span, out var why) ? (span, "") : (null, why!),
            FieldKind.Cpu => Quantity.TryParseMilli(node.Text, out var milli, out var why) ? ((object)milli, "") : (null, why!),
            FieldKind.Quantity => Quantity.TryParseWhole(node.Text, out var ones, out var why) ? ((object)ones, "") : (null, why!),
            FieldKind.Signal => SignalName.TryParse(node.Text, out var signal) ? ((long)signal, "") : (null, ""),
            FieldKind.Flag => node.IsFlag ? (node.Text[0] is 't' or 'T', "") : (null, ""),
            _ => Choice(field, node),
        };
        if (value is not null && !IsWithin(field, value))
        {
            value = null;
        }

        error = $"expected {Expected(field)}, found {node.Describe()}{(detail.Length == 0 ? "" : $": {detail}")}";
        return value is not null;
    }

    private static (object? Value, string Detail) Whole(ScalarNode node) =>
        !long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? (null, "")
        : node.IsPlain ? (number, "")
        : (null, "leave out the quotes");

    private static (object? Value, string Detail) Choice(SchemaField field, ScalarNode node) =>
        field.Choices.Contains(node.Text) ? ((object?)node.Text, "")
        : field.LaterChoices.Contains(node.Text) ? (null, $"{node.Text} is not built yet")
        : (null, field.Choices.Count > 1 && NearestName.Of(node.Text, field.Choices) is { } near ? $"did you mean {near}?" : "");

    private static bool IsWithin(SchemaField field, object value)
    {
        var number = value switch
        {
            long n => n,
            TimeSpan t => t.TotalMilliseconds,
            _ => field.Min ?? 0d,
        };
        return number >= (field.Min ?? long.MinValue) && number <= (field.Max ?? long.MaxValue);
    }
}
