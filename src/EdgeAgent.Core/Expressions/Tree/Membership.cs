using System.Collections.Immutable;

namespace EdgeAgent.Core.Expressions;

/// <summary><c>arch in [amd64, arm64]</c>: the same as <c>arch == amd64 || arch == arm64</c>.</summary>
public sealed record Membership : Condition
{
    internal Membership(FactName fact, ImmutableArray<Literal> literals)
        : base(fact) => Literals = literals;

    /// <summary>One or more, as written.</summary>
    public ImmutableArray<Literal> Literals { get; }

    public bool Equals(Membership? other) => other is not null && Fact == other.Fact && Literals.SequenceEqual(other.Literals);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Fact);
        foreach (var literal in Literals)
        {
            hash.Add(literal);
        }

        return hash.ToHashCode();
    }

    private protected override Outcome Test(FactValue value)
    {
        var outcome = Outcome.False;
        foreach (var literal in Literals)
        {
            if (!literal.TryCompare(value, out var order))
            {
                outcome = Outcome.Unknown;
            }
            else if (order == 0)
            {
                return Outcome.True;
            }
        }

        return outcome;
    }

    private protected override string Mismatch(FactValue value)
    {
        foreach (var literal in Literals)
        {
            if (!literal.TryCompare(value, out _))
            {
                return literal.Mismatch(value);
            }
        }

        return "";
    }

    private protected override string Need(bool wanted) => $"{(wanted ? "" : "not ")}in [{string.Join(", ", Literals)}]";
}
