using System.Globalization;

namespace EdgeAgent.Core.Units;

/// <summary>The decimal number at the start of a text: <c>[+-] digits [. digits] [e [+-] digits]</c>.</summary>
internal static class NumberText
{
    /// <summary>Without leading zeros: what a decimal keeps exactly.</summary>
    public const int DigitsMax = 28;

    public const int ExponentMax = 18;

    private const decimal Max = 9_999_999_999_999_999_999_999_999_999m;

    /// <summary>The number, and how many characters it took; -1 with what is wrong. An <c>E</c> without digits after it is left, being exa.</summary>
    public static int Scan(ReadOnlySpan<char> text, bool exponent, out decimal value, out string? error)
    {
        value = 0;
        var start = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var end = start;
        int digits = 0, significant = 0, points = 0;
        for (; end < text.Length && (char.IsAsciiDigit(text[end]) || (text[end] == '.' && points == 0)); end++)
        {
            if (text[end] == '.')
            {
                points++;
            }
            else
            {
                digits++;
                significant += significant > 0 || text[end] != '0' ? 1 : 0;
            }
        }

        if (digits == 0 || significant > DigitsMax)
        {
            error = digits == 0 ? "does not start with a number" : $"has more than {DigitsMax} digits";
            return -1;
        }

        var mantissa = decimal.Parse(text[..end], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var power = 0;
        if (exponent && !ScanExponent(text, ref end, out power))
        {
            error = $"has an exponent beyond {ExponentMax}";
            return -1;
        }

        error = null;
        return Scale(mantissa, power, out value, out error) ? end : -1;
    }

    /// <summary>Without trailing zeros, and never with an exponent.</summary>
    public static string Format(decimal value) => value.ToString("0.############################", CultureInfo.InvariantCulture);

    private static bool ScanExponent(ReadOnlySpan<char> text, ref int end, out int power)
    {
        power = 0;
        if (end >= text.Length || text[end] is not ('e' or 'E'))
        {
            return true;
        }

        var at = end + 1;
        var sign = at < text.Length && text[at] is '+' or '-' ? text[at++] : '+';
        var first = at;
        for (; at < text.Length && char.IsAsciiDigit(text[at]) && power <= ExponentMax; at++)
        {
            power = (power * 10) + (text[at] - '0');
        }

        if (at == first)
        {
            return true;
        }

        end = at;
        var within = power <= ExponentMax;
        power = sign == '-' ? -power : power;
        return within;
    }

    private static bool Scale(decimal mantissa, int power, out decimal value, out string? error)
    {
        error = null;
        value = mantissa;
        for (; power > 0 && Math.Abs(value) <= Max / 10m; power--)
        {
            value *= 10m;
        }

        for (; power < 0; power++)
        {
            value /= 10m;
        }

        if (power > 0)
        {
            error = $"has more than {DigitsMax} digits";
            return false;
        }

        // The negative zero of "-0" would print its sign.
        value = value == 0 ? 0 : value;
        return true;
    }
}
