using EdgeAgent.Core.Units;

namespace EdgeAgent.Core.Expressions.Syntax;

/// <summary>What a word on the right side stands for: a boolean, a number, a duration or a text.</summary>
internal static class LiteralParser
{
    private const string SlipOfMinutes = "m";
    private const string Minutes = "min";

    /// <summary>The error says what the word should have been.</summary>
    public static Literal? Parse(string word, out string? error)
    {
        error = null;
        return word switch
        {
            Words.True => new BooleanLiteral(true),
            Words.False => new BooleanLiteral(false),
            _ when Words.IsReserved(word) => Fail($"'{word}' is a reserved word: put it in quotes", out error),
            _ when Words.IsBareText(word) => new TextLiteral(word),
            _ => Number(word, out error),
        };
    }

    private static Literal? Number(string word, out string? error)
    {
        var shown = Words.Shorten(word);
        var end = NumberText.Scan(word, exponent: true, out var value, out error);
        if (end < 0)
        {
            return Fail($"'{shown}' {error}: expected a number or a text, text like this is quoted", out error);
        }

        var suffix = word[end..];
        if (suffix.Length == 0 || Suffix.IsKnown(suffix))
        {
            return new NumberLiteral(value, suffix);
        }

        if (DurationText.TryParse(word, out var duration, out _))
        {
            return Duration(duration);
        }

        var hint = Hint(suffix) is { } unit ? $", did you mean {unit}?" : ".";
        return Fail($"'{shown}': '{Words.Shorten(suffix)}' is no unit that is known{hint} Units are UCUM's, as in 80Cel, 512Mi, 10s, 50%; other text is quoted", out error);
    }

    /// <summary>1m60s is 2m, and a bare m is ambiguous: a duration that comes to one unit is a number of that unit.</summary>
    private static Literal Duration(TimeSpan duration)
    {
        var text = DurationText.Format(duration);
        var end = NumberText.Scan(text, exponent: false, out var value, out _);
        var suffix = text[end..];
        return Suffix.IsKnown(suffix) ? new NumberLiteral(value, suffix == SlipOfMinutes ? Minutes : suffix) : new DurationLiteral(duration);
    }

    private static string? Hint(string suffix) => suffix switch
    {
        "C" or "c" or "celsius" or "Celsius" or "degC" => "Cel",
        "B" or "b" or "byte" or "bytes" => "By",
        "K" or "KB" or "kB" or "KiB" => "Ki",
        "MB" or "MiB" => "Mi",
        "GB" or "GiB" => "Gi",
        "sec" or "secs" or "seconds" => "s",
        "mins" or "minutes" => "min",
        "hr" or "hrs" or "hours" => "h",
        "days" or "day" => "d",
        _ => UnitTable.Symbols.Where(s => s.Equals(suffix, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).FirstOrDefault(),
    };

    private static Literal? Fail(string message, out string? error)
    {
        error = message;
        return null;
    }
}
