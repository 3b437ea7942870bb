using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Reconcile;

/// <summary>A retained `online` is hearsay: whether a holder is there is asked, and a live word answers (protocol.md, "Connecting" 3).</summary>
public sealed partial class NodeCore
{
    /// <summary>Questions that come together get one answer.</summary>
    private static readonly TimeSpan AnswerDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>A kept word of a holder whose live copy was lost on the way.</summary>
    private void AskWhenSilent(NodeId node)
    {
        if (_members.IsSettled(_now) && _members.StandingOf(node, _now) == PeerStanding.Hearsay)
        {
            AskSoon();
        }
    }

    /// <summary>
    /// Who held nothing when this connection was new was not asked then. A workload that is followed later, and is held by then, would be taken from a node that is
    /// there and had no reason to speak.
    /// </summary>
    private void DoubtLateReadHolder(ClaimHeard e)
    {
        if (e.Retained && e.Claim.IsHolding && _members.BarrierAt is not null && _members.Doubt(e.Claim.Node, _now))
        {
            AskSoon();
        }
    }

    private void AskSoon() => _askAt ??= _now + (settings.Window / 2 * Part(StableHash.Of(settings.Node.Value)));

    /// <summary>A retained `online` is hearsay: whom this connection hasn't heard is asked (traces.md, 29 and 30).</summary>
    private void AskHolders()
    {
        var asked = new SortedSet<NodeId>();
        foreach (var slot in _own.Keys)
        {
            if (IntentOf(slot.Workload) is { } intent && IsWanted(slot, intent) && !IsEverywhere(intent) && _claims[slot].Standing(intent.Incarnation, intent.RunId) is { Claim: { IsHolding: true } claim }
                && _members.StandingOf(claim.Node, _now) is PeerStanding.Hearsay or PeerStanding.Unknown && claim.Node != settings.Node && asked.Add(claim.Node))
            {
                _effects.Add(new AskHolder(claim.Node));
            }
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
        (_answerAt, _askers) = (null, 0);
    }
}
