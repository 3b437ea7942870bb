namespace EdgeAgent.Core.Expressions.Syntax;

internal enum TokenKind
{
    End,
    Word,
    Quoted,
    Compare,
    And,
    Or,
    Not,
    Open,
    Close,
    ListOpen,
    ListClose,
    Comma,

    /// <summary>None of these; the text is the error.</summary>
    Bad,
}

/// <summary>A piece of an expression: <paramref name="Text"/> as written, of a quoted one what it stands for.</summary>
internal readonly record struct Token(TokenKind Kind, int Position, string Text, ComparisonOperator Operator = default)
{
    /// <summary>For an error: <c>found …</c>.</summary>
    public string Found => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Quoted => $"the text {Words.Quote(Words.Shorten(Text))}",
        _ => $"'{Words.Shorten(Text)}'",
    };
}
