using EdgeAgent.Core.Expressions.Syntax;

namespace EdgeAgent.Core.Expressions;

/// <summary>A bare word or a quoted text; compared character by character.</summary>
public sealed record TextLiteral : Literal
{
    internal TextLiteral(string value) => Value = value;

    public string Value { get; }

    public override bool IsOrdered => false;

    public override string ToString() => Words.Write(Value);

    internal override bool TryCompare(FactValue fact, out int order)
    {
        order = fact is TextFact text ? string.CompareOrdinal(text.Value, Value) : 0;
        return fact is TextFact;
    }
}
