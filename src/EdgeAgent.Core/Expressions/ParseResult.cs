using System.Diagnostics.CodeAnalysis;

namespace EdgeAgent.Core.Expressions;

/// <summary>An expression, or why there is none.</summary>
public readonly record struct ParseResult
{
    internal ParseResult(Expression expression) => Expression = expression;

    internal ParseResult(ExpressionError error) => Error = error;

    public Expression? Expression { get; }

    /// <summary>Meaningful when there is no expression.</summary>
    public ExpressionError Error { get; }

    public bool TryGet([NotNullWhen(true)] out Expression? expression, out ExpressionError error)
    {
        (expression, error) = (Expression, Error);
        return expression is not null;
    }
}
