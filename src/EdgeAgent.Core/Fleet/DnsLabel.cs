namespace EdgeAgent.Core.Fleet;

/// <summary>RFC 1123 labels: lower-case letters, digits and '-', not at an end. Every id in a topic is one.</summary>
public static class DnsLabel
{
    /// <summary>Of a workload's name (RFC 1123).</summary>
    public const int LengthMax = 63;

    /// <summary>Of a fleet, a cell and a node, so that a topic stays under 256 bytes.</summary>
    public const int ShortLengthMax = 40;

    public static bool IsValid(ReadOnlySpan<char> text, int lengthMax = LengthMax)
    {
        if (text.Length is 0 || text.Length > lengthMax || text[0] == '-' || text[^1] == '-')
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!(c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Why it is none, for a person.</summary>
    public static string Explain(string what, string text, int lengthMax) =>
        $"{what} '{(text.Length > lengthMax + 20 ? text[..(lengthMax + 20)] + "…" : text)}' is not a DNS label: use 1 to {lengthMax} of a-z, 0-9 and '-', not starting or ending with '-'";
}
