namespace EdgeAgent.Core.Workloads;

/// <summary>
/// What the operator wants of one workload, verified. Ordered by (generation, digest) within an incarnation, so that two
/// operators who sign the same generation do not split the cell (traces.md, 19).
/// </summary>
public sealed record Intent
{
    public required WorkloadName Workload { get; init; }

    public required Incarnation Incarnation { get; init; }

    public required long Generation { get; init; }

    /// <summary>SHA-256 of what was signed: the payload in <see cref="Signed"/>.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The signed bytes as they came, for copies.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    /// <summary>Null of a tombstone: the workload is deleted.</summary>
    public WorkloadSpec? Spec { get; init; }

    public bool IsTombstone => Spec is null;

    /// <summary>The generation in which the work itself last changed: a job's success counts for this.</summary>
    public long RunId { get; init; }

    /// <summary>
    /// Of work of this run or a later one only the limits have changed: what runs takes them as it is, without a start (docs/adr/0028). 0: all that isn't of <see cref="RunId"/> is started anew.
    /// </summary>
    public long StartId { get; init; }

    /// <summary>The next epoch of every slot is above this: claims below it may have been cleared.</summary>
    public long EpochFloor { get; init; }

    /// <summary>The incarnation of the tombstone that a name used again follows.</summary>
    public Incarnation Follows { get; init; }

    /// <summary>What to go back to where this one's work turns out to be bad, by itself or by the operator's word; null: there is nothing.</summary>
    public Fallback? Fallback { get; init; }

    /// <summary>Slots that take this work are on trial, and the cell goes back by itself.</summary>
    public bool IsTried => Fallback is not null && Spec is { AutoRollback: true };

    /// <summary>The run that this cell has rejected, and in place of which the earlier one is wanted (docs/adr/0020); 0: none. Never signed: each node finds it by the claims.</summary>
    public long Rejected { get; init; }

    /// <summary>What it was derived from.</summary>
    public Digest DerivedFrom { get; init; }

    /// <summary>The features it needs, such as <c>mode.job/1</c>: a node without one does not bid.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>When it was signed, by the operator's clock.</summary>
    public DateTimeOffset SignedAt { get; init; }

    /// <summary>
    /// Exclusive work keeps its voters as long as it lives: others could grant what those have granted already. One that wasn't exclusive before has none to keep.
    /// </summary>
    public bool ChangesVoters(Intent? known) => known is { Spec.IsExclusive: true } && Spec is { IsExclusive: true } && Incarnation == known.Incarnation && !Spec.Voters.SequenceEqual(known.Spec!.Voters);

    /// <summary>As it is to be followed where its work was rejected: the earlier work, as many of it as are wanted now.</summary>
    public Intent WithoutItsWork()
    {
        Invariant.That(Fallback is not null && Spec is not null, "there is something to go back to");
        return this with
        {
            Spec = Fallback!.Spec with { Replicas = Spec!.Replicas, MaxUnavailable = Spec.MaxUnavailable, IsPaused = Spec.IsPaused },
            RunId = Fallback.RunId,
            StartId = 0,
            Rejected = RunId,
            Fallback = null,
        };
    }

    /// <summary>
    /// Whether this one is to be followed and not <paramref name="known"/>. Within an incarnation the greater (generation,
    /// digest) is. Across incarnations the one that names the other's as what it follows is; where neither does, one of
    /// them is from a time this node has not seen: the later signed is, then the greater digest, so that all agree.
    /// </summary>
    public bool Supersedes(Intent? known)
    {
        if (known is null)
        {
            return true;
        }

        if (Incarnation == known.Incarnation)
        {
            return Generation != known.Generation ? Generation > known.Generation || Mutation.OldGenerationAccepted : Digest.CompareTo(known.Digest) > 0 && !Mutation.EqualGenerationsNotOrdered;
        }

        if (Follows == known.Incarnation)
        {
            return true;
        }

        if (known.Follows == Incarnation)
        {
            return false;
        }

        return SignedAt != known.SignedAt ? SignedAt > known.SignedAt : Digest.CompareTo(known.Digest) > 0;
    }
}
