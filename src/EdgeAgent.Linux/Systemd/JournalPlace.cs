using System.Globalization;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// An entry's place among all of the journal, read from its cursor: <c>s</c> names a row of numbers, <c>i</c> is the entry's in it. sd_journal_get_seqnum(3) gives
/// them since systemd 254 only; a cursor without them is a place of which nothing is known.
/// </summary>
/// <param name="Row">Which numbering; empty: unknown.</param>
/// <param name="Number">Of all units together.</param>
public readonly record struct JournalPlace(string Row, ulong Number)
{
    public static JournalPlace Of(string cursor)
    {
        var (row, number) = ("", 0UL);
        foreach (var part in cursor.Split(';'))
        {
            if (part.StartsWith("s=", StringComparison.Ordinal))
            {
                row = part[2..];
            }
            else if (part.StartsWith("i=", StringComparison.Ordinal))
            {
                _ = ulong.TryParse(part.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
            }
        }

        return row.Length > 0 && number > 0 ? new(row, number) : default;
    }

    /// <summary>How many entries came between this one and a later one; null: that can't be known.</summary>
    public ulong? Before(JournalPlace later) =>
        Row is not { Length: > 0 } || Row != later.Row ? null : later.Number <= Number ? 0 : later.Number - Number - 1;
}
