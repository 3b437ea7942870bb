using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Core.Placement;

/// <summary>A voter's answer to the node that bids for or holds a slot of exclusive work (docs/adr/0014).</summary>
public sealed record Grant
{
    public required SlotId Slot { get; init; }

    public required NodeId Voter { get; init; }

    /// <summary>What was asked: of the claim with this epoch, by this agent, at that time of its clock.</summary>
    public required Epoch Epoch { get; init; }

    public required ulong Instance { get; init; }

    public required TimeSpan AskedAt { get; init; }

    /// <summary>Until W after it was asked this voter grants the slot to nobody else.</summary>
    public bool IsGranted { get; init; }

    /// <summary>The highest epoch that this voter has granted.</summary>
    public Epoch Highest { get; init; }

    /// <summary>Of a refusal: it says the same until then.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>Of a refusal, for a person.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>What a voter is bound by: the claim that it granted last, and when that was last asked for.</summary>
/// <param name="Claim">As its node said it.</param>
/// <param name="HeardAt">By this voter's clock; after a restart of its agent, the start.</param>
/// <param name="IsFree">Its node has given it up: nothing of it runs any more.</param>
public sealed record Promise(Claim Claim, TimeSpan HeardAt, bool IsFree)
{
    /// <summary>The highest epoch that this voter has granted: no bid gets that again, or one below.</summary>
    public Epoch Highest { get; init; } = Claim.Epoch;

    /// <summary>When others were last told that it is silent.</summary>
    public TimeSpan? CalledAt { get; init; }

    /// <summary>If it hasn't asked again until then, nothing of it runs, and others should know.</summary>
    public TimeSpan SilentAt => (CalledAt ?? HeardAt) + LeaseTerms.Of(Claim).Wait;

    /// <summary>
    /// Whether this voter may grant a slot to a claim now. What it has promised binds it for W, and so does its own start where it knows of no promise: its disk may be
    /// new, and one that it forgot may still be counted on.
    /// </summary>
    /// <param name="promise">The latest; null: none is known.</param>
    /// <param name="claim">Who asks: a bid, or the claim of one that holds.</param>
    /// <param name="startedAt">When this voter's agent started.</param>
    /// <param name="now">By this voter's clock.</param>
    /// <param name="freeAt">Where it may not for now: when it may; null: never at this epoch.</param>
    public static bool Permits(Promise? promise, Claim claim, TimeSpan startedAt, TimeSpan now, out TimeSpan? freeAt)
    {
        freeAt = null;
        if (promise is null)
        {
            freeAt = startedAt + LeaseTerms.Of(claim).Wait;
            return claim.IsStarted || now >= freeAt || Mutation.NewVoterGrantsAtOnce;
        }

        if (promise.IsOf(claim) && !promise.IsFree)
        {
            return true;
        }

        // Who holds at such an epoch has had a majority without a break: no higher one was ever held.
        if (claim.Epoch <= promise.Highest && !claim.IsStarted)
        {
            return false;
        }

        // A later bid of the same agent says that nothing of its earlier ones is left.
        freeAt = promise.HeardAt + LeaseTerms.Longer(LeaseTerms.Of(promise.Claim), LeaseTerms.Of(claim)).Wait;
        return promise.IsFree || now >= freeAt || Mutation.VoterGrantsTwice || (promise.Claim.Node == claim.Node && promise.Claim.Instance == claim.Instance);
    }

    public bool IsOf(Claim claim) => Claim.Node == claim.Node && Claim.Epoch == claim.Epoch && Claim.Incarnation == claim.Incarnation;
}
