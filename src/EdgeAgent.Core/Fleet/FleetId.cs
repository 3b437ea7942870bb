namespace EdgeAgent.Core.Fleet;

/// <summary>Everything under one trust root: a DNS label of at most 40 characters.</summary>
public readonly record struct FleetId : IComparable<FleetId>
{
    private FleetId(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out FleetId id)
    {
        var valid = DnsLabel.IsValid(text, DnsLabel.ShortLengthMax);
        id = valid ? new FleetId(text!) : default;
        return valid;
    }

    /// <summary>For what is known to be valid; anything else is a bug.</summary>
    public static FleetId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new InvariantException(DnsLabel.Explain("fleet", text, DnsLabel.ShortLengthMax));

    public int CompareTo(FleetId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
