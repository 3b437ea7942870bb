using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>A retained `online` is hearsay: whether a holder is there is asked, and a live word answers (protocol.md, "Connecting" 3).</summary>
public sealed partial class NodeCore
{
    /// <summary>Questions that come together get one answer.</summary>
    private static readonly TimeSpan AnswerDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>All holders that were known when this connection began have been asked; who begins to matter later is asked for that.</summary>
    private bool _hasAsked;

    /// <summary>
    /// Nobody's silence counts who had no reason to speak: a slot may be read, held or wanted later than this connection asked, or a bid of another, who died, may have
    /// stood before the holder's word then. Who is asked now counts as silent R from now.
    /// </summary>
    private void AskWhoHolds(SlotId slot, Intent intent)
    {
        if (_members.BarrierAt is not null && _hasAsked)
        {
            DoubtHolder(_claims[slot].Standing(intent.Incarnation, intent.RunId)?.Claim);
            DoubtHolder(_claims[slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim);
        }
    }

    private void DoubtHolder(Claim? claim)
    {
        if (claim is { IsHolding: true } && _members.Doubt(claim.Node, _now))
        {
            AskSoon();
        }
    }

    private void AskSoon() => _askAt ??= _now + (settings.Window / 2 * Part(StableHash.Of(settings.Node.Value)));

    /// <summary>A retained `online` is hearsay: whom this connection hasn't heard is asked (traces.md, 29 and 30).</summary>
    private void AskHolders()
    {
        _hasAsked = true;
        var asked = new SortedSet<NodeId>();
        foreach (var slot in _own.Keys)
        {
            if (IntentOf(slot.Workload) is not { } intent || !IsWanted(slot, intent) || IsEverywhere(intent))
            {
                continue;
            }

            Ask(_claims[slot].Standing(intent.Incarnation, intent.RunId)?.Claim, asked);
            Ask(_claims[slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim, asked);
        }
    }

    private void Ask(Claim? claim, SortedSet<NodeId> asked)
    {
        if (claim is { IsHolding: true } && claim.Node != settings.Node && _members.StandingOf(claim.Node, _now) is PeerStanding.Hearsay or PeerStanding.Unknown && asked.Add(claim.Node))
        {
            _members.Asked(claim.Node);
            _effects.Add(new AskHolder(claim.Node));
        }
    }

    /// <summary>
    /// Who asks wants one live word of this node, and always follows the bucket that is its own: one of what is held there is said again, or everything where nothing is
    /// (docs/adr/0015).
    /// </summary>
    private void Answer()
    {
        List<OwnSlot> enough = [];
        foreach (var own in _own.Values)
        {
            var bucket = Bucket.Mask(own.Bucket);
            if ((_askers & bucket) != 0 && own.Word is { IsHolding: true } && own.Bucket == Bucket.Of(own.Slot))
            {
                _askers &= ~bucket;
                enough.Add(own);
            }
        }

        SayAgain(_askers == 0 ? enough : _own.Values);
        AnswerAbout();
        (_answerAt, _askers) = (null, 0);
    }
}
