using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// What a taker of exclusive work has read of one who is gone and may be running it: its lease at the beginning of the wait, and the same again at the end
/// (traces.md, 4, 5 and 7). Any other word of it begins another watch.
/// </summary>
internal sealed class AbsenceWatch(Claim claim, TimeSpan since)
{
    public NodeId Holder => claim.Node;

    public Claim Claim => claim;

    /// <summary>When the lease was read, from which the wait counts; null: not yet.</summary>
    public TimeSpan? ReadAt { get; set; }

    /// <summary>What it was then; null: there was none.</summary>
    public LeaseWord? Lease { get; set; }

    /// <summary>The wait is over, and what was read after it was the same.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Whether it is still this absence.</summary>
    public bool IsOf(Claim known, TimeSpan absentSince) => known.Node == claim.Node && (Mutation.AbsenceKeptAcrossReconnect || (known.Order == claim.Order && absentSince == since));
}
