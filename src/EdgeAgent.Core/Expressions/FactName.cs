namespace EdgeAgent.Core.Expressions;

/// <summary>
/// A fact's name: lower-case words of letters, digits, <c>_</c> and <c>-</c>, joined by dots, as <c>sensor.cpu_temp</c>. It
/// starts with a letter and ends with a letter, a digit or <c>_</c>. There is no arithmetic, so <c>-</c> is never a minus in it.
/// </summary>
public readonly record struct FactName
{
    private FactName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out FactName name)
    {
        var valid = text is not null && IsValid(text);
        name = valid ? new FactName(text!) : default;
        return valid;
    }

    /// <summary>For what is known to be valid; anything else is a bug.</summary>
    public static FactName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new ArgumentException($"'{text}' is no fact name", nameof(text));

    public override string ToString() => Value;

    private static bool IsValid(string text)
    {
        if (text.Length is 0 or > ExpressionLimits.FactNameLengthMax || Syntax.Words.IsReserved(text)
            || !char.IsAsciiLetterLower(text[0]) || text[^1] is '.' or '-')
        {
            return false;
        }

        var last = '\0';
        foreach (var c in text)
        {
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '.' or '-') || (c == '.' && last == '.'))
            {
                return false;
            }

            last = c;
        }

        return true;
    }
}
