using System.Text;

namespace EdgeAgent.Core.Expressions;

/// <summary><c>!(a == b)</c>. What is unknown stays unknown.</summary>
public sealed record Negation : Expression
{
    internal Negation(Expression operand) => Operand = operand;

    public Expression Operand { get; }

    public override Outcome Test(IFactSource facts) => Operand.Test(facts).Not();

    internal override void Explain(IFactSource facts, bool wanted, List<Reason> reasons) => Operand.Explain(facts, !wanted, reasons);

    internal override void AddFacts(SortedSet<FactName> names) => Operand.AddFacts(names);

    internal override void Write(StringBuilder text, Precedence around)
    {
        // `!` stands before a parenthesis or another `!` alone, so that nobody reads !a == b as (!a) == b.
        text.Append(Operand is Negation ? "!" : "!(");
        Operand.Write(text, Precedence.Or);
        text.Append(Operand is Negation ? "" : ")");
    }
}
