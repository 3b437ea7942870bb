using System.Text;
using EdgeAgent.Core.Expressions.Syntax;

namespace EdgeAgent.Core.Expressions;

/// <summary>
/// A condition on a node's facts (docs/spec/expressions.md): <c>lsm == apparmor &amp;&amp; sensor.cpu_temp &lt; 80Cel</c>.
/// Immutable; two are equal when they are written the same in canonical form.
/// </summary>
public abstract record Expression
{
    private static readonly Comparer<FactName> ByName = Comparer<FactName>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    private protected Expression()
    {
    }

    /// <summary>Never throws on what a text says: whatever is wrong with it is in the result.</summary>
    public static ParseResult Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Parser(text).Parse();
    }

    /// <summary>The outcome alone, without allocating: for filters that run often.</summary>
    public abstract Outcome Test(IFactSource facts);

    /// <summary>The outcome with what decided it.</summary>
    public Verdict Evaluate(IFactSource facts)
    {
        var reasons = new List<Reason>();
        Explain(facts, wanted: true, reasons);
        return new(Test(facts), reasons);
    }

    /// <summary>The facts it names, each once, in order of their names.</summary>
    public IReadOnlyCollection<FactName> Facts()
    {
        var names = new SortedSet<FactName>(ByName);
        AddFacts(names);
        return names;
    }

    /// <summary>The canonical form: it parses to an equal expression.</summary>
    public sealed override string ToString()
    {
        var text = new StringBuilder();
        Write(text, Precedence.Or);
        return text.ToString();
    }

    /// <summary>Adds the facts that decided, given that this should come out as <paramref name="wanted"/>.</summary>
    internal abstract void Explain(IFactSource facts, bool wanted, List<Reason> reasons);

    internal abstract void AddFacts(SortedSet<FactName> names);

    /// <summary>In parentheses when it binds less tightly than <paramref name="around"/>.</summary>
    internal abstract void Write(StringBuilder text, Precedence around);
}
