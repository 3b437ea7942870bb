using EdgeAgent.Core.Units;

namespace EdgeAgent.Core.Expressions;

/// <summary>A number with what stands behind it: <c>80</c>, <c>80Cel</c>, <c>512Mi</c>, <c>50%</c>, <c>10s</c>.</summary>
public sealed record NumberLiteral : Literal
{
    internal NumberLiteral(decimal value, string suffix) => (Value, Suffix) = (value, suffix);

    public decimal Value { get; }

    /// <summary>Empty: the number is in the fact's own unit.</summary>
    public string Suffix { get; }

    public override bool IsOrdered => true;

    public override string ToString() => NumberText.Format(Value) + Suffix;

    internal override bool TryCompare(FactValue fact, out int order)
    {
        order = 0;
        if (fact is not NumberFact number)
        {
            return false;
        }

        var factor = 1m;
        var bare = Suffix.Length == 0;
        if (!bare && !Units.Suffix.TryRead(Suffix, number.Unit.Dimension, out factor))
        {
            return false;
        }

        order = Amounts.Compare(number.Value, bare ? 1m : number.Unit.Factor, Value, factor);
        return true;
    }
}
