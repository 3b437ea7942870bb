namespace EdgeAgent.Core.Expressions.Syntax;

/// <summary>
/// Recursive descent with one token of look-ahead, no deeper than <see cref="ExpressionLimits.DepthMax"/>. A method that
/// returns null has set the error.
/// </summary>
internal sealed partial class Parser
{
    private readonly string _text;
    private readonly Lexer _lexer;
    private Token _token;
    private ExpressionError _error;
    private int _depth;

    public Parser(string text)
    {
        _text = text;
        _lexer = new(text);
    }

    public ParseResult Parse()
    {
        if (_text.Length > ExpressionLimits.LengthMax)
        {
            return new(new ExpressionError(ExpressionLimits.LengthMax, $"the expression has {_text.Length} characters: expected at most {ExpressionLimits.LengthMax}, split it into several"));
        }

        Advance();
        if (Any() is not { } expression)
        {
            return new(_error);
        }

        return _token.Kind == TokenKind.End ? new(expression) : new(Trailing());
    }

    private Expression? Any() => Row(TokenKind.Or, isAll: false);

    private Expression? Row(TokenKind separator, bool isAll)
    {
        var parts = new List<Expression>();
        do
        {
            if (parts.Count > 0)
            {
                Advance();
            }

            if ((isAll ? Unary() : Row(TokenKind.And, isAll: true)) is not { } part)
            {
                return null;
            }

            parts.Add(part);
        }
        while (_token.Kind == separator);
        return parts.Count == 1 ? parts[0] : new Combination(isAll, parts);
    }

    private Expression? Unary()
    {
        if (_token.Kind is not (TokenKind.Not or TokenKind.Open))
        {
            return Condition();
        }

        if (_depth == ExpressionLimits.DepthMax)
        {
            return Fail<Expression>($"expected at most {ExpressionLimits.DepthMax} parentheses and '!' inside one another: split the expression into several");
        }

        _depth++;
        var inner = _token.Kind == TokenKind.Not ? Not() : Parenthesis();
        _depth--;
        return inner;
    }

    private Negation? Not()
    {
        Advance();
        if (_token.Kind is not (TokenKind.Not or TokenKind.Open))
        {
            return Expected<Negation>("'(' after '!'", "write !(lsm == apparmor), or != for a single condition");
        }

        return Unary() is { } operand ? new Negation(operand) : null;
    }

    private Expression? Parenthesis()
    {
        var open = _token.Position;
        Advance();
        if (Any() is not { } inner)
        {
            return null;
        }

        if (_token.Kind != TokenKind.Close)
        {
            return _token.Kind == TokenKind.End
                ? Fail<Expression>($"expected ')' to close the '(' in column {open + 1}")
                : FailWith<Expression>(Trailing());
        }

        Advance();
        return inner;
    }

    private ExpressionError Trailing() => Unexpected("&& or ||, or the end", _token switch
    {
        { Kind: TokenKind.Close } => "there is no '(' before it",
        { Kind: TokenKind.Word, Text: "and" } => "write &&",
        { Kind: TokenKind.Word, Text: "or" } => "write ||",
        { Kind: TokenKind.Word } when Units.Suffix.IsKnown(_token.Text) => "a unit follows its number without a space, as in 80Cel",
        { Kind: TokenKind.Word } => "a text of several words is quoted",
        { Kind: TokenKind.Compare } => "join two comparisons with &&",
        _ => null,
    });

    private void Advance() => _token = _lexer.Next();

    private T? Expected<T>(string expected, string? hint)
        where T : class => FailWith<T>(Unexpected(expected, hint));

    private ExpressionError Unexpected(string expected, string? hint) => _token.Kind == TokenKind.Bad
        ? new(_token.Position, _token.Text)
        : new(_token.Position, $"expected {expected}, found {_token.Found}{(hint is null ? "" : ": " + hint)}");

    private T? Fail<T>(string message)
        where T : class => FailWith<T>(new(_token.Position, message));

    private T? FailWith<T>(ExpressionError error)
        where T : class
    {
        _error = error;
        return null;
    }
}
