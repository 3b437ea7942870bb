using EdgeAgent.Core.Units;

namespace EdgeAgent.Core.Expressions;

/// <summary>A duration of several units, <c>1h30m</c>; of one unit it is a <see cref="NumberLiteral"/>.</summary>
public sealed record DurationLiteral : Literal
{
    internal DurationLiteral(TimeSpan value) => Value = value;

    public TimeSpan Value { get; }

    public override bool IsOrdered => true;

    public override string ToString() => DurationText.Format(Value);

    internal override bool TryCompare(FactValue fact, out int order)
    {
        order = 0;
        if (fact is not NumberFact { Unit.Dimension: Dimension.Time } number)
        {
            return false;
        }

        order = Amounts.Compare(number.Value, number.Unit.Factor, Value.Ticks, 1m / TimeSpan.TicksPerSecond);
        return true;
    }
}
