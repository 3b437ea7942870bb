namespace EdgeAgent.Core.Expressions;

/// <summary><c>sensor.cpu_temp &lt; 80</c>.</summary>
public sealed record Comparison : Condition
{
    internal Comparison(FactName fact, ComparisonOperator op, Literal literal)
        : base(fact)
    {
        Operator = op;
        Literal = literal;
    }

    public ComparisonOperator Operator { get; }

    public Literal Literal { get; }

    private protected override Outcome Test(FactValue value) =>
        Literal.TryCompare(value, out var order) ? Outcomes.Of(Operator.Holds(order)) : Outcome.Unknown;

    private protected override string Mismatch(FactValue value) => Literal.Mismatch(value);

    private protected override string Need(bool wanted) => $"{(wanted ? Operator : Operator.Opposite()).Symbol()} {Literal}";
}
