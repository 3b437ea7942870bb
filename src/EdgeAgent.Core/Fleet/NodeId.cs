namespace EdgeAgent.Core.Fleet;

/// <summary>A device's name in its cell: a DNS label of at most 40 characters.</summary>
public readonly record struct NodeId : IComparable<NodeId>
{
    private NodeId(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out NodeId id)
    {
        var valid = DnsLabel.IsValid(text, DnsLabel.ShortLengthMax);
        id = valid ? new NodeId(text!) : default;
        return valid;
    }

    /// <summary>For what is known to be valid; anything else is a bug.</summary>
    public static NodeId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new InvariantException(DnsLabel.Explain("node", text, DnsLabel.ShortLengthMax));

    public int CompareTo(NodeId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
