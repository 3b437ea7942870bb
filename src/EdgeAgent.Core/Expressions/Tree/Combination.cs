using System.Collections.Immutable;
using System.Text;

namespace EdgeAgent.Core.Expressions;

/// <summary>
/// <c>a &amp;&amp; b &amp;&amp; c</c> or <c>a || b || c</c>: flat, for both are associative in Kleene's logic, so that a long row
/// of conditions is no deep tree.
/// </summary>
public sealed record Combination : Expression
{
    internal Combination(bool isAll, IEnumerable<Expression> parts)
    {
        IsAll = isAll;
        Parts = [.. parts.SelectMany(p => p is Combination c && c.IsAll == isAll ? c.Parts : [p])];
    }

    /// <summary>True of <c>&amp;&amp;</c>, false of <c>||</c>.</summary>
    public bool IsAll { get; }

    /// <summary>Two or more.</summary>
    public ImmutableArray<Expression> Parts { get; }

    public override Outcome Test(IFactSource facts)
    {
        var deciding = Outcomes.Of(!IsAll);
        var outcome = deciding.Not();
        foreach (var part in Parts)
        {
            var one = part.Test(facts);
            if (one == deciding)
            {
                return one;
            }

            outcome = one == Outcome.Unknown ? one : outcome;
        }

        return outcome;
    }

    public bool Equals(Combination? other) => other is not null && IsAll == other.IsAll && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(IsAll);
        foreach (var part in Parts)
        {
            hash.Add(part);
        }

        return hash.ToHashCode();
    }

    /// <summary>
    /// Where each part is needed: all of them when they hold, else those that don't. Where any would do: the first that
    /// holds, else all of them.
    /// </summary>
    internal override void Explain(IFactSource facts, bool wanted, List<Reason> reasons)
    {
        var eachNeeded = IsAll == wanted;
        var satisfied = Test(facts).Wanted(wanted) == Outcome.True;
        foreach (var part in Parts)
        {
            var holds = part.Test(facts).Wanted(wanted) == Outcome.True;
            if (holds == satisfied)
            {
                part.Explain(facts, wanted, reasons);
            }

            if (holds && !eachNeeded)
            {
                return;
            }
        }
    }

    internal override void AddFacts(SortedSet<FactName> names)
    {
        foreach (var part in Parts)
        {
            part.AddFacts(names);
        }
    }

    internal override void Write(StringBuilder text, Precedence around)
    {
        var own = IsAll ? Precedence.And : Precedence.Or;
        text.Append(own < around ? "(" : "");
        for (var i = 0; i < Parts.Length; i++)
        {
            text.Append(i == 0 ? "" : IsAll ? " && " : " || ");
            Parts[i].Write(text, own);
        }

        text.Append(own < around ? ")" : "");
    }
}
