namespace EdgeAgent.Core.Fleet;

/// <summary>The nodes that share one authoritative broker: a DNS label of at most 40 characters.</summary>
public readonly record struct CellId : IComparable<CellId>
{
    private CellId(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out CellId id)
    {
        var valid = DnsLabel.IsValid(text, DnsLabel.ShortLengthMax);
        id = valid ? new CellId(text!) : default;
        return valid;
    }

    /// <summary>For what is known to be valid; anything else is a bug.</summary>
    public static CellId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new InvariantException(DnsLabel.Explain("cell", text, DnsLabel.ShortLengthMax));

    public int CompareTo(CellId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
