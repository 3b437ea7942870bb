namespace EdgeAgent.Core.Expressions;

/// <summary>
/// Why a text is no expression. <paramref name="Position"/> counts characters from 0, and is the length of the text where more
/// was expected; <paramref name="Message"/> says what was expected there and, where it is known, what to write.
/// </summary>
public readonly record struct ExpressionError(int Position, string Message)
{
    public override string ToString() => $"column {Position + 1}: {Message}";
}
