using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The holder's side of exclusive work: its lease, and the fence that ends the work where the agent can't (protocol.md, "Exclusive").</summary>
public sealed partial class NodeCore
{
    /// <summary>A lease is renewed so many times while it lasts.</summary>
    private const int RenewalsInLease = 3;

    /// <summary>After a fence that could not be put up nothing exclusive is bid for.</summary>
    private static readonly TimeSpan FenceRetry = TimeSpan.FromSeconds(30);

    private readonly Lease _lease = new();
    private readonly SortedSet<SlotId> _leased = [];
    private TimeSpan? _onlineStoredAt;
    private TimeSpan? _renewedAt;
    private TimeSpan? _renewAt;
    private TimeSpan _renewedFor;
    private TimeSpan _fenceRetryAt;
    private string _fenceTrouble = "";
    private long _renewals;

    /// <summary>When this node's lease lapses, where it has one: a connection that is lost is sought anew before.</summary>
    public TimeSpan? LeaseUntil => _lease.Until;

    /// <summary>A lapsed lease is not revived, whatever came in the same moment: the work stops, and a new epoch must be won.</summary>
    private void LapseWhenDue()
    {
        if (_lease.HasLapsed(_now) && !Mutation.LapsedLeaseRevived)
        {
            Lapse("its lease lapsed: nothing of this node reached the broker for so long that others may take it");
        }
    }

    private void Lapse(string reason)
    {
        _lease.End();
        foreach (var own in _leased.Select(s => _own.GetValueOrDefault(s)).OfType<OwnSlot>().Where(IsLeased).ToList())
        {
            if (own.Phase == OwnPhase.Holding)
            {
                _effects.Add(new Tell("LeaseLapsed", own.Slot.ToString(), "Exclusive", reason, IsEvent: true));
                Stop(own, reason, AfterStop.Release);
            }
            else if (own.Phase == OwnPhase.Stopping)
            {
                // It was to be started anew under this lease, and another may have it before it has ended.
                (own.AfterStop, own.StopReason) = (AfterStop.Release, reason);
            }
        }
    }

    private void Take(OnlineStored _) => _onlineStoredAt ??= _now;

    private void Take(LeaseRenewed e)
    {
        // Only in a session whose presence the others can know of: a word sent before tells them nothing (traces.md, 4).
        if (_onlineStoredAt is { } stored && e.SentAt >= stored)
        {
            _acknowledgedAt = Mutation.HolderCountsFromReceipt ? _now : e.SentAt;
            Renew();
        }
    }

    private void Renew()
    {
        if (LeaseLength() is { } length && RenewedFrom() is { } from && _lease.Renew(from, length, _now))
        {
            PutUpFence();
        }
    }

    private void PutUpFence() => _effects.Add(new PutUpFence(_lease.Until!.Value + (IsFenceLate ? TimeSpan.FromDays(1) : TimeSpan.Zero)));

    /// <summary>Where the agent's own rule is broken, or the fence itself, that doesn't make up for it.</summary>
    private static bool IsFenceLate => Mutation.FenceNotArmed || Mutation.LapsedLeaseRevived || Mutation.ConnackRenews;

    /// <summary>What a broken rule would have: a connection that is taken counts as an acknowledgement.</summary>
    private void RenewByConnecting()
    {
        if (Mutation.ConnackRenews && LeaseLength() is { } length && _lease.Renew(_now, length, _now))
        {
            PutUpFence();
        }
    }

    private void Take(FenceStands e)
    {
        if (e.Trouble.Length == 0)
        {
            _lease.FenceStands(IsFenceLate ? e.Until - TimeSpan.FromDays(1) : e.Until);
        }
        else
        {
            (_fenceTrouble, _fenceRetryAt) = (e.Trouble, _now + FenceRetry);
            _effects.Add(new Tell("FenceFailed", settings.Node.Value, "Exclusive", $"exclusive work ends here, for nothing would end it where this agent can't: {e.Trouble}", IsEvent: true));
            Lapse($"it could not be fenced: {e.Trouble}");
        }

        LookAtLeased();
    }

    /// <summary>At the agent's start: the fence of an earlier agent stands, and so the lease that it counted from.</summary>
    private void Take(FenceFound e) => _lease.Found(e.Until);

    /// <summary>
    /// Held by the word of an earlier agent, and nothing of it runs: it is not started again, and not given up at once either. The disk may be a copy, and the one it was
    /// copied from may run it behind a cut, inside its lease (traces.md, 28).
    /// </summary>
    private void Disown(OwnSlot own)
    {
        if (Mutation.CopiedDiskGivesUpAtOnce)
        {
            Stop(own, "given up at once", AfterStop.Release);
            return;
        }

        GiveBack(own.Slot);
        _claims[own.Slot].KnowEpoch(own.Word!.Epoch);
        own.Enter(OwnPhase.Idle, _parts);
        (own.IsStartDue, own.Disowned, own.Word) = (false, Epoch.Max(own.Word.Epoch, own.Disowned), null);
    }

    /// <summary>Two live under one name: what each of them says is said in the other's name, and no lease can be trusted.</summary>
    private void Take(NameShared _) => Lapse("another agent speaks under this node's name");

    private void LookAtLeased()
    {
        foreach (var slot in _leased)
        {
            _toLookAt.Add(slot);
        }
    }

    /// <summary>The shortest of what binds this node, by its word and by what the broker keeps of it: takers may have read either.</summary>
    private TimeSpan? LeaseLength()
    {
        TimeSpan? shortest = null;
        foreach (var slot in _leased)
        {
            if (_own.GetValueOrDefault(slot) is { Word: { } word } own && IsLeased(own))
            {
                shortest = Mutation.LongestLeaseCounts ? Later(shortest ?? word.Lease, word.Lease) : Earlier(Earlier(shortest, word.Lease), _claims[slot].Of(settings.Node) is { IsExclusive: true } kept ? kept.Lease : null);
                shortest = Earlier(shortest, _own[slot].BoundBy);
            }
        }

        return shortest;
    }

    /// <summary>While it bids for exclusive work or holds some, a node says that it is there; nobody follows that but who is about to take over.</summary>
    private void RenewWhenDue()
    {
        _renewAt = null;
        if (_leased.Count == 0)
        {
            return;
        }

        _leased.RemoveWhere(s => _own.GetValueOrDefault(s) is not { } own || !IsLeased(own));
        if (!_isOpen || _onlineStoredAt is null || LeaseLength() is not { } length)
        {
            return;
        }

        // A shorter lease than before has to be acknowledged as such before anything begins under it.
        var due = _renewedAt is { } last && _renewedFor <= length ? last + (_renewedFor / RenewalsInLease) : _now;
        if (_now >= due)
        {
            (_renewedAt, _renewedFor, due) = (_now, length, _now + (length / RenewalsInLease));
            _effects.Add(new RenewLease(new LeaseWord(_session, ++_renewals), _now));
            foreach (var slot in _leased)
            {
                AskVoters(_own[slot]);
            }
        }

        _renewAt = Earlier(due, _lease.Until);
    }

    /// <summary>
    /// Takers go by what a claim says as soon as it is said: a lease that becomes shorter has to bind, by an acknowledgement and by the fence, before.
    /// </summary>
    private bool IsBoundBy(OwnSlot own, Intent intent)
    {
        if (!intent.Spec!.IsExclusive || !own.Word!.IsExclusive || intent.Spec.Lease >= own.Word.Lease || _lease.Covers(intent.Spec.Lease, _now))
        {
            own.BoundBy = null;
            return true;
        }

        own.BoundBy = intent.Spec.Lease;
        return false;
    }

    /// <summary>It needs this node's lease: it is bid for, held, or about to be started anew by the same holder.</summary>
    private static bool IsLeased(OwnSlot own) =>
        own.Word is { IsExclusive: true } && (own.Phase is OwnPhase.Bidding or OwnPhase.Holding || own is { Phase: OwnPhase.Stopping, AfterStop: AfterStop.StartAnew });

    /// <summary>Why exclusive work could not be fenced now; empty where it can.</summary>
    private string FenceLack() => settings.FenceLack.Length > 0 ? settings.FenceLack : _now < _fenceRetryAt ? _fenceTrouble : "";

    /// <summary>Work that was started without a fence, or with one, is not taken over as it is into the other kind.</summary>
    private static bool IsOtherKind(Claim word, Intent intent) => word.IsExclusive != intent.Spec!.IsExclusive;
}
