using System.Collections.Immutable;

namespace EdgeAgent.Core.Expressions.Syntax;

/// <summary>One fact against what is written.</summary>
internal sealed partial class Parser
{
    private const string ConditionExample = "a condition such as lsm == apparmor";

    private Condition? Condition()
    {
        var word = _token;
        if (word.Kind != TokenKind.Word)
        {
            return Expected<Condition>(ConditionExample, word.Kind switch
            {
                TokenKind.Quoted => "a fact's name is not quoted",
                TokenKind.ListOpen => "a list stands behind 'in'",
                TokenKind.Compare => "write the fact first",
                _ => null,
            });
        }

        if (!FactName.TryParse(word.Text, out var fact))
        {
            return Expected<Condition>(ConditionExample, FactHint(word.Text));
        }

        Advance();
        return _token switch
        {
            { Kind: TokenKind.Compare } => Comparison(fact),
            { Kind: TokenKind.Word, Text: Words.In } => Membership(fact),
            _ => Expected<Condition>($"one of == != < <= > >= in after '{Words.Shorten(fact.Value)}'", $"a yes-or-no fact is compared too: {Words.Shorten(fact.Value)} == true"),
        };
    }

    private Comparison? Comparison(FactName fact)
    {
        var op = _token;
        Advance();
        if (Value($"a value after '{op.Text}'") is not { } literal)
        {
            return null;
        }

        if (op.Operator.IsOrdering() && !literal.IsOrdered)
        {
            return FailWith<Comparison>(new(op.Position, $"'{op.Text}' compares numbers: expected == or != before {Words.Shorten(literal.ToString()!)}"));
        }

        return new(fact, op.Operator, literal);
    }

    private Membership? Membership(FactName fact)
    {
        Advance();
        if (_token.Kind != TokenKind.ListOpen)
        {
            return Expected<Membership>("'[' after 'in'", "write in [amd64, arm64]");
        }

        var literals = ImmutableArray.CreateBuilder<Literal>();
        do
        {
            Advance();
            if (literals.Count == ExpressionLimits.ListMax)
            {
                return Fail<Membership>($"expected at most {ExpressionLimits.ListMax} values in a list");
            }

            if (Value("a value in the list") is not { } literal)
            {
                return null;
            }

            literals.Add(literal);
        }
        while (_token.Kind == TokenKind.Comma);
        if (_token.Kind != TokenKind.ListClose)
        {
            return Expected<Membership>("',' or ']'", null);
        }

        Advance();
        return new(fact, literals.ToImmutable());
    }

    private Literal? Value(string expected)
    {
        var token = _token;
        if (token.Kind is not (TokenKind.Word or TokenKind.Quoted))
        {
            return Expected<Literal>(expected, token.Kind == TokenKind.ListOpen ? "a list stands behind 'in'" : null);
        }

        var error = "";
        var literal = token.Kind == TokenKind.Quoted ? new TextLiteral(token.Text) : LiteralParser.Parse(token.Text, out error);
        if (literal is null)
        {
            return Fail<Literal>(error!);
        }

        Advance();
        return literal;
    }

    private static string FactHint(string word) => word switch
    {
        "not" => "write !( )",
        _ when Words.IsReserved(word) => $"'{word}' is a reserved word",
        _ when char.IsAsciiDigit(word[0]) || word[0] is '-' or '+' => "write the fact first, as in sensor.cpu_temp < 80",
        _ when FactName.TryParse(word.ToLowerInvariant(), out var lower) => $"facts are lower-case, did you mean {lower}?",
        _ => $"a fact's name has a-z 0-9 _ . - and starts with a letter, at most {ExpressionLimits.FactNameLengthMax} characters",
    };
}
