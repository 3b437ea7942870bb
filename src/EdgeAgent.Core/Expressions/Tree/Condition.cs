using System.Text;

namespace EdgeAgent.Core.Expressions;

/// <summary>A leaf: one fact against what is written.</summary>
public abstract record Condition : Expression
{
    private protected Condition(FactName fact) => Fact = fact;

    public FactName Fact { get; }

    public sealed override Outcome Test(IFactSource facts) =>
        facts.TryGet(Fact, out var value) && value.IsGood ? Test(value) : Outcome.Unknown;

    internal sealed override void Explain(IFactSource facts, bool wanted, List<Reason> reasons)
    {
        var outcome = Test(facts).Wanted(wanted);
        var text = !facts.TryGet(Fact, out var value) ? $"{Fact} is unknown on this node"
            : !value.IsGood ? $"{Fact} is unknown: {Syntax.Words.Shorten(value.BadBecause!)}"
            : outcome == Outcome.Unknown ? $"{Fact} is {value}: {Mismatch(value)}"
            : $"{Fact} is {value}, {(outcome == Outcome.True ? "meets" : "needs")} {Need(wanted)}";
        reasons.Add(new(Fact, outcome, text));
    }

    internal sealed override void AddFacts(SortedSet<FactName> names) => names.Add(Fact);

    internal sealed override void Write(StringBuilder text, Precedence around) => text.Append(Fact.Value).Append(' ').Append(Need(wanted: true));

    private protected abstract Outcome Test(FactValue value);

    /// <summary>Why a good value can't be compared.</summary>
    private protected abstract string Mismatch(FactValue value);

    /// <summary>What is asked of the fact, or the opposite of it.</summary>
    private protected abstract string Need(bool wanted);
}
