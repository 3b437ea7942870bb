namespace EdgeAgent.Core.Expressions;

/// <summary>How tightly an operator binds: a greater one tighter.</summary>
internal enum Precedence
{
    Or,
    And,
    Negation,
}
