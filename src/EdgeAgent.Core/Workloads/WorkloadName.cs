using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Core.Workloads;

/// <summary>A workload's name: a DNS label of at most 63 characters.</summary>
public readonly record struct WorkloadName : IComparable<WorkloadName>
{
    private WorkloadName(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, out WorkloadName name)
    {
        var valid = DnsLabel.IsValid(text);
        name = valid ? new WorkloadName(text!) : default;
        return valid;
    }

    /// <summary>For what is known to be valid; anything else is a bug.</summary>
    public static WorkloadName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new InvariantException(DnsLabel.Explain("workload", text, DnsLabel.LengthMax));

    public int CompareTo(WorkloadName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}
