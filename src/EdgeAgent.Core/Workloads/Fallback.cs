namespace EdgeAgent.Core.Workloads;

/// <summary>What was wanted before the work last changed: signed with the change, so that nobody needs to be asked for it when the change is bad.</summary>
/// <param name="Spec">The whole of it.</param>
/// <param name="Generation">The last generation that had this work.</param>
/// <param name="RunId">The first.</param>
/// <param name="SignedAt">When that last one was signed.</param>
public sealed record Fallback(WorkloadSpec Spec, long Generation, long RunId, DateTimeOffset SignedAt)
{
    /// <summary>What the next word of an operator would go back to; null: nothing.</summary>
    /// <param name="known">What is wanted so far, as it was signed.</param>
    /// <param name="isGood">Its work has passed its trial.</param>
    /// <param name="spec">What is wanted now.</param>
    /// <param name="isOtherWork">The work itself is another.</param>
    public static Fallback? Of(Intent? known, bool isGood, WorkloadSpec spec, bool isOtherWork)
    {
        if (known?.Spec is not { } before)
        {
            return null;
        }

        // As long as the work is the same a change of the rest, such as of replicas, is none of it; and what isn't known to be good is nothing to go back to.
        var back = isOtherWork && isGood ? new Fallback(before, known.Generation, known.RunId, known.SignedAt) : known.Fallback;
        return back is not null && IsOfOneKind(back.Spec, spec) ? back : null;
    }

    /// <summary>One takes the other's place in its slot, under the same promises.</summary>
    private static bool IsOfOneKind(WorkloadSpec a, WorkloadSpec b) => a.Mode == WorkloadMode.Replicated && b.Mode == WorkloadMode.Replicated
        && a.IsExclusive == b.IsExclusive && a.Voters.SequenceEqual(b.Voters) && a.Run.IsOncePerNode == b.Run.IsOncePerNode;
}
