using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Exclusive work where no single broker has the last word: a majority of the voters that the intent names grants a slot to its holder and again with each renewal of the
/// holder's lease (docs/adr/0014).
/// </summary>
public sealed partial class NodeCore
{
    private readonly SortedDictionary<SlotId, Promise> _promises = [];
    private TimeSpan? _startedAt;

    /// <summary>No earlier than then may one that was granted have been silent for W.</summary>
    private TimeSpan? _silenceAt;

    /// <summary>When a word of the own lease was last acknowledged, counted from its sending.</summary>
    private TimeSpan? _acknowledgedAt;

    /// <summary>What this node has granted as a voter, by the claims that it granted.</summary>
    public IEnumerable<Promise> Promised => _promises.Values;

    /// <summary>Before the first step: what it had granted before its agent was started anew.</summary>
    public void Restore(IEnumerable<Promise> promises)
    {
        foreach (var promise in promises)
        {
            _promises[promise.Claim.Slot] = promise;
        }
    }

    private void Begin()
    {
        if (_startedAt is null)
        {
            _startedAt = _now;
            foreach (var (slot, promise) in _promises.ToList())
            {
                _promises[slot] = promise with { HeardAt = _now };
                _silenceAt = Earlier(_silenceAt, _promises[slot].SilentAt);
            }
        }
    }

    private void Take(VoteAsked e)
    {
        var claim = e.Claim;
        if (IntentOf(claim.Slot.Workload) is not { } intent || intent.Incarnation != claim.Incarnation || !IsWanted(claim.Slot, intent) || !intent.Spec!.Voters.Contains(settings.Node))
        {
            Answer(e, null, settings.Window, $"{settings.Node} does not know {claim.Slot} so, or is no voter of it");
            return;
        }

        var promise = _promises.GetValueOrDefault(claim.Slot);
        if (!claim.IsHolding)
        {
            if (promise?.IsOf(claim) == true)
            {
                _promises[claim.Slot] = promise with { IsFree = true };
            }

            return;
        }

        if (!Promise.Permits(promise, claim, _startedAt!.Value, _now, out var freeAt))
        {
            var wait = freeAt is { } at ? at - _now : TimeSpan.Zero;
            Answer(e, promise, wait, promise is null ? $"{settings.Node} has started lately, and may have forgotten whom it granted it"
                : wait == TimeSpan.Zero ? $"{settings.Node} has granted epoch {promise.Highest} already" : $"{settings.Node} has granted it to {promise.Claim.Node}");
            return;
        }

        var next = new Promise(claim, _now, IsFree: false) { Highest = Epoch.Max(claim.Epoch, promise?.Highest ?? Epoch.None) };
        _promises[claim.Slot] = next;
        _silenceAt = Earlier(_silenceAt, next.SilentAt);
        if (promise?.IsOf(claim) != true || LeaseTerms.Of(promise.Claim) != LeaseTerms.Of(claim))
        {
            _effects.Add(new KeepPromise(next));
        }

        Answer(e, next, default, "");
    }

    /// <summary>
    /// One that was granted and has not asked for W has ended, and no broker may ever say that it is gone: behind a bridge that fell silent it looks as it did. Its voters are
    /// who notices, and they call the candidates.
    /// </summary>
    private void CallWhereSilent()
    {
        if (_silenceAt is not { } at || _now < at)
        {
            return;
        }

        _silenceAt = null;
        foreach (var (slot, promise) in _promises.Where(p => !p.Value.IsFree).ToList())
        {
            if (IntentOf(slot.Workload) is not { } intent || !IsWanted(slot, intent))
            {
                continue;
            }

            if (_now >= promise.SilentAt)
            {
                _promises[slot] = promise with { CalledAt = _now };
                _effects.Add(new CallOthers(slot, Ring: 1));
                SuspectHolder(slot);
            }

            _silenceAt = Earlier(_silenceAt, _promises[slot].SilentAt);
        }
    }

    /// <summary>A voter misses the holder: it is asked, and gone when it doesn't answer.</summary>
    private void SuspectHolder(SlotId slot)
    {
        if (VotersOf(slot).Count > 0 && IntentOf(slot.Workload) is { } intent && _claims[slot].Standing(intent.Incarnation, intent.RunId) is { Claim: { IsHolding: true } claim }
            && claim.Node != settings.Node && _members.Suspect(claim.Node, _now))
        {
            AskSoon();
            _toLookAt.Add(slot);
        }
    }

    private void Answer(VoteAsked e, Promise? promise, TimeSpan wait, string refusal) => _effects.Add(new SayGrant(e.Claim.Node, new Grant
    {
        Slot = e.Claim.Slot,
        Voter = settings.Node,
        Epoch = e.Claim.Epoch,
        Instance = e.Claim.Instance,
        AskedAt = e.AskedAt,
        IsGranted = refusal.Length == 0,
        Highest = promise?.Highest ?? Epoch.None,
        RetryAfter = wait,
        Reason = refusal,
    }));

    private void Take(GrantHeard e)
    {
        var grant = e.Grant;
        if (!_own.TryGetValue(grant.Slot, out var own) || own.Word is not { IsExclusive: true } word || word.Epoch != grant.Epoch || grant.Instance != settings.Instance
            || grant.AskedAt > _now || !VotersOf(own.Slot).Contains(grant.Voter) || (own.Grants.TryGetValue(grant.Voter, out var known) && known.AskedAt >= grant.AskedAt))
        {
            return;
        }

        own.Grants[grant.Voter] = grant;
        if (!grant.IsGranted)
        {
            _claims[own.Slot].KnowEpoch(grant.Highest);
        }

        Renew();
        _toLookAt.Add(own.Slot);
    }

    private IReadOnlyList<NodeId> VotersOf(SlotId slot) => IntentOf(slot.Workload)?.Spec?.Voters ?? [];

    private void AskVoters(OwnSlot own)
    {
        foreach (var voter in own.Word is { IsExclusive: true } && _isOpen ? VotersOf(own.Slot) : [])
        {
            _effects.Add(new AskVote(voter, own.Word!, _now));
        }
    }

    /// <summary>The latest time at which a majority of the voters was asked for what they all granted; null: no majority has.</summary>
    private static TimeSpan? GrantedAt(OwnSlot own, IReadOnlyList<NodeId> voters)
    {
        TimeSpan? latest = null;
        foreach (var voter in voters)
        {
            if (own.Grants.GetValueOrDefault(voter) is { IsGranted: true } grant && (Mutation.GrantOfOneIsEnough || CountGranted(own, voters, grant.AskedAt) > voters.Count / 2))
            {
                latest = Later(latest ?? grant.AskedAt, grant.AskedAt);
            }
        }

        return latest;
    }

    /// <summary>How many of them granted what they were asked at that time or later.</summary>
    private static int CountGranted(OwnSlot own, IReadOnlyList<NodeId> voters, TimeSpan since)
    {
        var count = 0;
        foreach (var voter in voters)
        {
            count += own.Grants.GetValueOrDefault(voter) is { IsGranted: true } grant && grant.AskedAt >= since ? 1 : 0;
        }

        return count;
    }

    /// <summary>A bid that its voters have not decided is not held. The fence stands longer with each renewal, and the grants have to reach as far.</summary>
    private bool IsGranted(OwnSlot own) => VotersOf(own.Slot) is not { Count: > 0 } voters || (GrantedAt(own, voters) is { } at && at + own.Word!.Lease >= _lease.Until);

    /// <summary>So many have refused that no majority is left at this epoch: why, and when to try again. Null: there may be one.</summary>
    private (string Reason, TimeSpan RetryAfter)? Refusal(OwnSlot own)
    {
        var voters = VotersOf(own.Slot);
        var refused = own.Grants.Values.Where(g => !g.IsGranted).ToList();
        return voters.Count > 0 && refused.Count >= voters.Count - (voters.Count / 2)
            ? ($"no majority of its voters grants it: {string.Join("; ", refused.Select(g => g.Reason))}", refused.Max(g => g.RetryAfter))
            : null;
    }

    /// <summary>How far the voters are, for a person; empty where there are none.</summary>
    private string Votes(OwnSlot own)
    {
        var voters = VotersOf(own.Slot);
        var missing = new List<string>();
        foreach (var voter in voters)
        {
            if (own.Grants.GetValueOrDefault(voter) is not { IsGranted: true })
            {
                missing.Add(voter.Value);
            }
        }

        return voters.Count == 0 ? ""
            : $"; {voters.Count - missing.Count} of {voters.Count} voters have granted it{(missing.Count == 0 ? "" : $", not {string.Join(", ", missing)}")}";
    }

    /// <summary>
    /// The lease of all exclusive work of this node lasts from the latest word that was acknowledged, and where there are voters, granted by a majority for each slot that
    /// is held.
    /// </summary>
    private TimeSpan? RenewedFrom()
    {
        var from = _acknowledgedAt;
        foreach (var slot in _leased)
        {
            if (_own.GetValueOrDefault(slot) is { Phase: not OwnPhase.Bidding } own && IsLeased(own) && VotersOf(slot) is { Count: > 0 } voters)
            {
                from = from is null ? null : Earlier(from, GrantedAt(own, voters) ?? TimeSpan.MinValue);
            }
        }

        return from;
    }

    /// <summary>Other voters could grant what these have granted already: a workload keeps its voters as long as it lives.</summary>
    private bool HasOtherVoters(Intent intent, Intent? known)
    {
        if (!intent.ChangesVoters(known))
        {
            return false;
        }

        _effects.Add(new Tell("IntentRefused", intent.Workload.Value, "OtherVoters", $"generation {intent.Generation} of {intent.Workload} names other voters than generation {known!.Generation}: delete it and apply it anew, or the old voters and the new ones could each let one run", IsEvent: true));
        return true;
    }
}
