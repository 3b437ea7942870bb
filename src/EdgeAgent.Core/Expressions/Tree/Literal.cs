using EdgeAgent.Core.Expressions.Syntax;

namespace EdgeAgent.Core.Expressions;

/// <summary>What a fact is compared with. <c>ToString</c> is canonical and reads back the same.</summary>
public abstract record Literal
{
    private protected Literal()
    {
    }

    /// <summary>Only numbers have an order.</summary>
    public abstract bool IsOrdered { get; }

    /// <summary>How <paramref name="fact"/> compares to this: below, at or above zero; false when it can't be compared.</summary>
    internal abstract bool TryCompare(FactValue fact, out int order);

    /// <summary>Why <paramref name="fact"/> can't be compared with this.</summary>
    internal string Mismatch(FactValue fact)
    {
        var (kind, hint) = fact switch
        {
            NumberFact { Unit.Symbol: "" } when IsOrdered => ("number without a unit", ""),
            NumberFact number when IsOrdered => ($"number in {number.Unit}", $", write it in {number.Unit}"),
            NumberFact => ("number", ""),
            TextFact text => ("text", $", write {Words.Quote(Words.Shorten(text.Value))} to compare texts"),
            _ => ("boolean", ", write true or false"),
        };
        return $"a {kind} cannot be compared with {this}{hint}";
    }
}
