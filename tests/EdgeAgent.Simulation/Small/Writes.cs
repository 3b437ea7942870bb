using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>One key of a batch to the disk.</summary>
internal abstract record Write : IText
{
    public abstract string Key { get; }
}

internal sealed record KeptIntent(Intent Intent) : Write
{
    public override string Key => $"intent {Intent.Workload}";

    public override string ToString() => $"{Key} {Intent.Digest}";
}

internal sealed record RemovedIntent(WorkloadName Workload) : Write
{
    public override string Key => $"intent {Workload}";
}

internal sealed record KeptClaim(Claim Claim) : Write
{
    public override string Key => Of(Claim.Slot);

    public static string Of(SlotId slot) => $"claim {slot}";
}

internal sealed record RemovedClaim(SlotId Slot) : Write
{
    public override string Key => KeptClaim.Of(Slot);
}

/// <summary>What goes to the disk as one.</summary>
internal sealed class Writes(IReadOnlyList<Write> items) : IText
{
    private readonly string _text = string.Join("; ", items);

    public IReadOnlyList<Write> Items => items;

    public override string ToString() => _text;
}
