using EdgeAgent.Core.Expressions.Syntax;

namespace EdgeAgent.Core.Expressions;

public sealed record BooleanLiteral : Literal
{
    internal BooleanLiteral(bool value) => Value = value;

    public bool Value { get; }

    public override bool IsOrdered => false;

    public override string ToString() => Value ? Words.True : Words.False;

    internal override bool TryCompare(FactValue fact, out int order)
    {
        order = fact is BooleanFact boolean ? boolean.Value.CompareTo(Value) : 0;
        return fact is BooleanFact;
    }
}
