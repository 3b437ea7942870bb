using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>A node's word that it is there for its exclusive work. Another word is a later renewal; nothing else is read from it.</summary>
public readonly record struct LeaseWord(long Session, long Counter);

/// <summary>What binds who runs exclusive work: how long it goes on unheard, and how long its work may take to end.</summary>
public readonly record struct LeaseTerms(TimeSpan Lease, TimeSpan StopTimeout)
{
    /// <summary>The stated drift: over a wait the clocks of two nodes go apart by less than one part in so many.</summary>
    private const int DriftParts = 50;

    /// <summary>For what a kernel and a service manager need to end a process: the fence's timer alone may be 100 ms late.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    public static LeaseTerms Of(WorkloadSpec spec) => new(spec.Lease, spec.Stop.Timeout);

    public static LeaseTerms Of(Claim claim) => new(claim.Lease, claim.StopTimeout);

    /// <summary>W of protocol.md: so long after a node was last known to renew, nothing of its exclusive work runs.</summary>
    public TimeSpan Wait => Lease + StopTimeout + ((Lease + StopTimeout) / DriftParts) + Slack;

    public static LeaseTerms Longer(LeaseTerms a, LeaseTerms b) =>
        new(a.Lease > b.Lease ? a.Lease : b.Lease, a.StopTimeout > b.StopTimeout ? a.StopTimeout : b.StopTimeout);
}

/// <summary>
/// The holder's own lease, one for all of its exclusive work, and so as short as the shortest of what binds that. Only an acknowledgement of its own word renews it, counted from
/// when that was sent, and one that has lapsed is not revived (traces.md, 4 and 8).
/// </summary>
public sealed class Lease
{
    private TimeSpan _sentAt = TimeSpan.MinValue;

    /// <summary>Until when the fence was seen to stand.</summary>
    private TimeSpan _fencedUntil = TimeSpan.MinValue;

    /// <summary>When it lapses; null: there is none.</summary>
    public TimeSpan? Until { get; private set; }

    /// <summary>What it was counted with.</summary>
    public TimeSpan Length { get; private set; } = TimeSpan.MaxValue;

    public bool IsGood(TimeSpan now) => Until > now;

    public bool HasLapsed(TimeSpan now) => Until <= now;

    /// <summary>It is good and no longer than these terms, and the fence stands that ends the work without the agent, no later than it lapses.</summary>
    public bool Covers(TimeSpan length, TimeSpan now) => IsGood(now) && Length <= length && _fencedUntil > now && _fencedUntil <= Until;

    /// <summary>Renewed or begun; also for a shorter time than before. False where the word was sent before one that has counted, or says nothing any more.</summary>
    public bool Renew(TimeSpan sentAt, TimeSpan length, TimeSpan now)
    {
        if (sentAt + length <= now || sentAt <= _sentAt)
        {
            return false;
        }

        (_sentAt, Length, Until) = (sentAt, length, sentAt + length);
        return true;
    }

    /// <summary>A fence that an earlier agent put up stands: its lease was good until then, and still is, for what ran under it.</summary>
    public void Found(TimeSpan until) => (Until, _fencedUntil) = (until, until);

    public void FenceStands(TimeSpan until) => _fencedUntil = until;

    public void End() => (Until, Length, _fencedUntil) = (null, TimeSpan.MaxValue, TimeSpan.MinValue);
}
