using System.Globalization;
using EdgeAgent.Core.Expressions.Syntax;
using EdgeAgent.Core.Units;

namespace EdgeAgent.Core.Expressions;

/// <summary>What is known of a fact: a number with a unit, a text or a boolean, and whether it can be trusted now.</summary>
public abstract record FactValue
{
    private protected FactValue()
    {
    }

    /// <summary>Null of a good value; else why it can't be trusted, such as <c>no reading for 40 s</c>.</summary>
    public string? BadBecause { get; init; }

    public bool IsGood => BadBecause is null;

    /// <summary>A number that is infinite or none is bad from the start.</summary>
    public static FactValue Of(double number, Unit unit = default) =>
        new NumberFact(number, unit) { BadBecause = double.IsFinite(number) ? null : "its value is not a number" };

    public static FactValue Of(string text) => new TextFact(text);

    public static FactValue Of(bool value) => new BooleanFact(value);

    /// <summary>From the text form in which facts travel: <c>true</c>, <c>252</c>, <c>512Mi</c> (bytes), or a text.</summary>
    public static FactValue Read(string text) => text switch
    {
        Words.True => Of(true),
        Words.False => Of(false),
        _ when Quantity.TryParse(text, out var number, out _) => Of((double)number, text.EndsWith('i') ? Unit.Bytes : default),
        _ => Of(text),
    };

    /// <summary>The same value, not to be trusted.</summary>
    public FactValue Bad(string because) => this with { BadBecause = because };
}

public sealed record NumberFact : FactValue
{
    internal NumberFact(double value, Unit unit) => (Value, Unit) = (value, unit);

    public double Value { get; }

    public Unit Unit { get; }

    /// <summary><c>85 Cel</c>, <c>0.5</c>, <c>50%</c>; bytes as Kubernetes writes them when they are whole Ki: <c>512Mi</c>.</summary>
    public override string ToString()
    {
        if (Unit == Unit.Bytes && Value != 0 && Math.Abs(Value) < long.MaxValue && Value % 1024 == 0)
        {
            return Quantity.Format((long)Value);
        }

        var gap = Unit == Unit.None || Unit == Unit.Percent ? "" : " ";
        return string.Create(CultureInfo.InvariantCulture, $"{Value}{gap}{Unit.Symbol}");
    }
}

public sealed record TextFact : FactValue
{
    internal TextFact(string value) => Value = value;

    public string Value { get; }

    /// <summary>Bare or quoted as an expression would have it, shortened, without control characters.</summary>
    public override string ToString() => Words.Write(Words.Shorten(Value));
}

public sealed record BooleanFact : FactValue
{
    internal BooleanFact(bool value) => Value = value;

    public bool Value { get; }

    public override string ToString() => Value ? Words.True : Words.False;
}
