using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What claims tell of new work: a slot of it is on trial, has proved it, or has rejected it (docs/adr/0020).</summary>
public static class Trial
{
    /// <summary>The slot came up with this work and went on for as long as its trial took; work that had none before it needs no trial.</summary>
    public static bool IsProof(Claim claim, Intent intent) =>
        claim is { Phase: ClaimPhase.Running, IsOnTrial: false } && claim.RunId == intent.RunId && claim.Incarnation == intent.Incarnation;

    public static bool IsRejection(Claim claim, Intent intent) => claim.Incarnation == intent.Incarnation && claim.Rejected == intent.RunId;

    /// <summary>Whether an intent's work is worth going back to: it was rolled out, or some slot has proved it; and none has rejected it.</summary>
    public static bool HasPassed(Intent intent, IReadOnlyCollection<Claim> claims) =>
        (claims.Any(c => IsProof(c, intent)) || IsRolledOut(intent, claims)) && !claims.Any(c => IsRejection(c, intent));

    private static bool IsRolledOut(Intent intent, IReadOnlyCollection<Claim> claims) => intent.Spec is { } spec
        && claims.Where(c => c.Phase == ClaimPhase.Running && c.RunId == intent.RunId && c.Incarnation == intent.Incarnation && c.Slot.Index < spec.Replicas).Select(c => c.Slot).Distinct().Count() >= spec.Replicas;
}
