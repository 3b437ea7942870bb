namespace EdgeAgent.Core.Units;

/// <summary>
/// Quantities as Kubernetes writes them: <c>250m</c>, <c>64Mi</c>, <c>1.5G</c>, <c>1e3</c>
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). A decimal holds them exactly; from
/// -(2^63 - 1) to 2^63 - 1. What is finer than a thousand-millionth is refused, where Kubernetes would round.
/// </summary>
public static class Quantity
{
    public const int LengthMax = 64;

    private const decimal Nano = 1e-9m;
    private const decimal Milli = 1e-3m;

    private static readonly (string Suffix, decimal Factor)[] Binary =
        [("Ei", 1L << 60), ("Pi", 1L << 50), ("Ti", 1L << 40), ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10)];

    private static readonly (string Suffix, decimal Factor)[] Decimal =
        [("E", 1e18m), ("P", 1e15m), ("T", 1e12m), ("G", 1e9m), ("M", 1e6m), ("k", 1e3m), ("", 1m), ("m", Milli), ("u", 1e-6m), ("n", Nano)];

    private static readonly Dictionary<string, decimal> Factors =
        Binary.Concat(Decimal).ToDictionary(e => e.Suffix, e => e.Factor, StringComparer.Ordinal);

    /// <summary>The error says what is wrong with the text, and reads after it: <c>'5q' has no known suffix: …</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value, out string? error)
    {
        value = 0;
        if (text.Length is 0 or > LengthMax)
        {
            error = text.Length == 0 ? "is empty: expected a quantity such as 250m or 64Mi" : $"is longer than {LengthMax} characters";
            return false;
        }

        var end = NumberText.Scan(text, exponent: true, out var number, out error);
        if (end < 0)
        {
            error += ": expected a quantity such as 250m or 64Mi";
            return false;
        }

        var suffix = text[end..].ToString();
        if (!Factors.TryGetValue(suffix, out var factor))
        {
            error = Explain(suffix);
            return false;
        }

        // What is above the limit anyway is not multiplied: a decimal would overflow.
        if (Math.Abs(number) > long.MaxValue / factor)
        {
            error = "is too large: the greatest is 9223372036854775807";
            return false;
        }

        var product = number * factor;
        if (product % Nano != 0 || (product == 0 && number != 0))
        {
            error = "is finer than 1n";
            return false;
        }

        value = product;
        return true;
    }

    /// <summary>For what is counted in ones: bytes, tasks.</summary>
    public static bool TryParseWhole(ReadOnlySpan<char> text, out long value, out string? error)
    {
        value = 0;
        if (!TryParse(text, out var exact, out error))
        {
            return false;
        }

        if (exact != decimal.Truncate(exact))
        {
            error = "is not a whole number";
            return false;
        }

        value = (long)exact;
        return true;
    }

    /// <summary>For what is counted in thousandths: CPU, shares of a device.</summary>
    public static bool TryParseMilli(ReadOnlySpan<char> text, out long value, out string? error)
    {
        value = 0;
        if (!TryParse(text, out var exact, out error))
        {
            return false;
        }

        if (exact % Milli != 0 || Math.Abs(exact) > long.MaxValue / 1000)
        {
            error = exact % Milli != 0 ? "is finer than 1m" : "is too large: the greatest is 9223372036854775";
            return false;
        }

        value = (long)(exact / Milli);
        return true;
    }

    /// <summary>The shortest whole number with a suffix that says exactly this: 64Mi, 250m, 1500, 2k. Reads back the same.</summary>
    public static string Format(decimal value)
    {
        if (value == 0)
        {
            return "0";
        }

        var binary = Format(value, Binary);
        var plain = Format(value, Decimal)!;
        return binary is not null && binary.Length <= plain.Length ? binary : plain;
    }

    internal static bool TryGetFactor(string suffix, out decimal factor)
    {
        factor = 0;
        return suffix.Length > 0 && Factors.TryGetValue(suffix, out factor);
    }

    private static string Explain(string suffix) => suffix switch
    {
        "K" or "KB" or "kB" or "KiB" => $"ends in '{suffix}': write k for 1000 or Ki for 1024",
        "B" => "ends in 'B': bytes are written without a unit",
        "MB" or "GB" or "TB" or "MiB" or "GiB" or "TiB" => $"ends in '{suffix}': write {suffix[..^1]}, without the B",
        _ => $"ends in '{suffix}': expected one of n u m k M G T P E Ki Mi Gi Ti Pi Ei",
    };

    private static string? Format(decimal value, (string Suffix, decimal Factor)[] suffixes)
    {
        foreach (var (suffix, factor) in suffixes)
        {
            if (value % factor == 0)
            {
                return NumberText.Format(value / factor) + suffix;
            }
        }

        // Finer than a nano: only what no parser gave.
        return suffixes == Decimal ? NumberText.Format(value) : null;
    }
}
