using System.Text;

namespace EdgeAgent.Core.Expressions.Syntax;

/// <summary>Cuts a text into tokens. What it can't cut is a token of its own, so that it never throws.</summary>
internal sealed class Lexer(string text)
{
    private int _at;

    public Token Next()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }

        if (_at == text.Length)
        {
            return new(TokenKind.End, _at, "");
        }

        return text[_at] switch
        {
            '(' => Take(TokenKind.Open, 1),
            ')' => Take(TokenKind.Close, 1),
            '[' => Take(TokenKind.ListOpen, 1),
            ']' => Take(TokenKind.ListClose, 1),
            ',' => Take(TokenKind.Comma, 1),
            '<' => Follows('=') ? Compare(ComparisonOperator.LessOrEqual, 2) : Compare(ComparisonOperator.Less, 1),
            '>' => Follows('=') ? Compare(ComparisonOperator.GreaterOrEqual, 2) : Compare(ComparisonOperator.Greater, 1),
            '=' => Follows('=') ? Compare(ComparisonOperator.Equal, 2) : Bad("'=' is no operator, write =="),
            '!' => Follows('=') ? Compare(ComparisonOperator.NotEqual, 2) : Take(TokenKind.Not, 1),
            '&' => Follows('&') ? Take(TokenKind.And, 2) : Bad("'&' is no operator, write &&"),
            '|' => Follows('|') ? Take(TokenKind.Or, 2) : Bad("'|' is no operator, write ||"),
            '"' or '\'' => Quoted(),
            var c when Words.IsWordCharacter(c) => Word(),
            '°' => Bad("'°' is no part of a unit, write Cel for degrees Celsius and deg for an angle"),
            var c => Bad($"'{(char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : c)}' has no meaning here, put text in quotes"),
        };
    }

    private bool Follows(char c) => _at + 1 < text.Length && text[_at + 1] == c;

    private Token Take(TokenKind kind, int length, ComparisonOperator op = default)
    {
        var token = new Token(kind, _at, text.Substring(_at, length), op);
        _at += length;
        return token;
    }

    private Token Compare(ComparisonOperator op, int length) => Take(TokenKind.Compare, length, op);

    private Token Bad(string message) => new(TokenKind.Bad, _at, message);

    private Token Word()
    {
        var end = _at;
        while (end < text.Length && Words.IsWordCharacter(text[end]))
        {
            end++;
        }

        return Take(TokenKind.Word, end - _at);
    }

    private Token Quoted()
    {
        var value = new StringBuilder();
        var quote = text[_at];
        for (var at = _at + 1; at < text.Length; at++)
        {
            var c = text[at];
            if (c == quote)
            {
                var token = new Token(TokenKind.Quoted, _at, value.ToString());
                _at = at + 1;
                return token;
            }

            if (char.IsControl(c))
            {
                return new(TokenKind.Bad, at, "a text has no control characters");
            }

            if (c == '\\')
            {
                at++;
                if (at == text.Length || text[at] is not ('\\' or '"' or '\''))
                {
                    return new(TokenKind.Bad, at - 1, "a backslash stands before a quote or a backslash alone, write \\\\");
                }
            }

            value.Append(text[at]);
        }

        return Bad($"the text that starts here has no closing {quote}");
    }
}
