using System.Globalization;
using System.Text;

namespace EdgeAgent.Core.Units;

/// <summary>
/// Durations as Go and Kubernetes write them: <c>1h30m</c>, <c>10s</c>, <c>1.5s</c>, <c>250ms</c>, <c>0</c>
/// (https://pkg.go.dev/time#ParseDuration), to a resolution of 100 ns.
/// </summary>
public static class DurationText
{
    public const int LengthMax = 64;

    private static readonly (string Symbol, long Ticks)[] Parts =
    [
        ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
    ];

    /// <summary>The error says what is wrong with the text, and reads after it: <c>'10' has no unit: …</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value, out string? error)
    {
        value = TimeSpan.Zero;
        error = null;
        if (text.Length is 0 or > LengthMax)
        {
            error = text.Length == 0 ? "is empty: expected a duration such as 10s or 1h30m" : $"is longer than {LengthMax} characters";
            return false;
        }

        var negative = text[0] == '-';
        var rest = text[0] is '-' or '+' ? text[1..] : text;
        if (rest is "0")
        {
            return true;
        }

        var ticks = 0m;
        do
        {
            if (!TryTakePart(ref rest, ref ticks, out error))
            {
                return false;
            }
        }
        while (rest.Length > 0);

        if (ticks != decimal.Truncate(ticks))
        {
            error = "is finer than 100ns";
            return false;
        }

        value = TimeSpan.FromTicks(negative ? -(long)ticks : (long)ticks);
        return true;
    }

    /// <summary>Whole numbers of the units that aren't zero: <c>1h30m</c>, <c>1s500ms</c>, <c>0s</c>. Reads back the same.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder(value < TimeSpan.Zero ? "-" : "");
        var rest = value < TimeSpan.Zero ? (ulong)-(Int128)value.Ticks : (ulong)value.Ticks;
        foreach (var (symbol, ticks) in Parts)
        {
            var count = rest / (ulong)ticks;
            rest %= (ulong)ticks;
            if (count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{count}{symbol}");
            }
        }

        if (rest > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{rest * TimeSpan.NanosecondsPerTick}ns");
        }

        return text.ToString();
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, ref decimal ticks, out string? error)
    {
        // A sign belongs to the whole: 1h-30m is a slip.
        var number = 0m;
        var signed = rest.Length > 0 && rest[0] is '+' or '-';
        var end = signed ? -1 : NumberText.Scan(rest, exponent: false, out number, out _);
        if (end < 0)
        {
            error = "is not a duration such as 10s or 1h30m";
            return false;
        }

        var length = rest[end..].IndexOfAnyInRange('.', '9');
        var symbol = rest.Slice(end, length < 0 ? rest.Length - end : length).ToString();
        if (!TryGetTicks(symbol, out var factor))
        {
            error = symbol switch
            {
                "" => "has no unit: write one of ns us ms s m h, for example 10s",
                "d" or "w" => $"ends in '{symbol}': days and weeks are written in hours, for example 24h",
                _ => $"has the unit '{symbol}': expected one of ns us ms s m h",
            };
            return false;
        }

        // What is above the limit anyway is not multiplied: a decimal would overflow.
        ticks += Math.Min(number, long.MaxValue / factor) * factor;
        rest = rest[(end + symbol.Length)..];
        error = number > long.MaxValue / factor || ticks > long.MaxValue ? "is too long: the greatest is about 29000 years" : null;
        return error is null;
    }

    private static bool TryGetTicks(string symbol, out decimal ticks)
    {
        ticks = symbol switch
        {
            "h" => TimeSpan.TicksPerHour,
            "m" => TimeSpan.TicksPerMinute,
            "s" => TimeSpan.TicksPerSecond,
            "ms" => TimeSpan.TicksPerMillisecond,
            "us" or "\u00B5s" or "\u03BCs" => TimeSpan.TicksPerMicrosecond,
            "ns" => 1m / TimeSpan.NanosecondsPerTick,
            _ => 0m,
        };
        return ticks > 0;
    }
}
