using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>
/// The claims of one slot: each node's latest word, and their maximum. Hearing a word twice, or an older one, changes nothing.
/// </summary>
public sealed class SlotClaims(SlotId slot)
{
    /// <summary>Who speaks under more names than a cell has nodes is not heard.</summary>
    public const int NodesMax = 2048;

    private readonly Dictionary<NodeId, Heard> _words = [];

    public SlotId Slot => slot;

    /// <summary>The highest epoch of any word, also of one that counts for nothing else.</summary>
    public Epoch HighestEpoch { get; private set; }

    public int Count => _words.Count;

    /// <summary>The latest of each node.</summary>
    public IEnumerable<Claim> Words => _words.Values.Select(h => h.Claim);

    /// <summary>Who has said something of it.</summary>
    public IEnumerable<NodeId> Nodes => _words.Keys;

    /// <summary>Takes a node's word where it is its latest.</summary>
    /// <param name="claim">What was said.</param>
    /// <param name="retained">Kept by the broker.</param>
    /// <param name="now">The loop's time.</param>
    /// <param name="isOfItsLife">By the agent that is there: a greater word of another start is one that its disk has lost, or of a copy of it.</param>
    public Hearing Hear(Claim claim, bool retained, TimeSpan now, bool isOfItsLife = false)
    {
        Invariant.That(claim.Slot == slot, "a claim is heard by its own slot");
        HighestEpoch = Epoch.Max(HighestEpoch, claim.Epoch);
        if (_words.TryGetValue(claim.Node, out var known) && claim.Order.CompareTo(known.Claim.Order) <= 0 && !(isOfItsLife && known.Claim.Instance != claim.Instance))
        {
            return Hearing.Known;
        }

        if (known.Claim is null && _words.Count >= NodesMax)
        {
            return Hearing.Refused;
        }

        _words[claim.Node] = new Heard(claim, retained, now);
        return Hearing.Taken;
    }

    /// <summary>A new connection reads the state anew; epochs once seen are kept, for they must not be given twice.</summary>
    public void LinkLost() => _words.Clear();

    /// <summary>A node's word is understood otherwise from now on; where an operator said so just now, it counts as said now.</summary>
    public void Replace(NodeId node, Func<Claim, Claim> change, bool isLive, TimeSpan now)
    {
        if (_words.TryGetValue(node, out var heard) && change(heard.Claim) is var claim && claim != heard.Claim)
        {
            _words[node] = new Heard(claim, heard.Retained && !isLive, isLive ? now : heard.At);
        }
    }

    /// <summary>The topic was cleared.</summary>
    public bool Forget(NodeId node) => _words.Remove(node);

    /// <summary>When the latest word of a node came.</summary>
    public TimeSpan? HeardAt(NodeId node) => _words.TryGetValue(node, out var heard) ? heard.At : null;

    public Claim? Of(NodeId node) => _words.TryGetValue(node, out var heard) ? heard.Claim : null;

    /// <summary>The greatest claim of this incarnation: the state of the slot. With what is known of how it was heard.</summary>
    public Heard? Greatest(Incarnation incarnation, long runId)
    {
        Heard? greatest = null;
        foreach (var heard in _words.Values)
        {
            if (heard.Claim.Incarnation == incarnation && (greatest is not { } g || ClaimOrder.Compare(heard.Claim, g.Claim, runId) > 0))
            {
                greatest = heard;
            }
        }

        return greatest;
    }

    /// <summary>The greatest of those that hold or held: bids, and bids given up, count for their epoch and for nothing else.</summary>
    public Heard? GreatestHeld(Incarnation incarnation, long runId)
    {
        Heard? greatest = null;
        foreach (var heard in _words.Values)
        {
            if (heard.Claim.Incarnation == incarnation && heard.Claim.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen)
                && (greatest is not { } g || ClaimOrder.Compare(heard.Claim, g.Claim, runId) > 0))
            {
                greatest = heard;
            }
        }

        return greatest;
    }

    /// <summary>
    /// Who may be running it by their own word: the holder, any that bid above the last that held, and who held it under a lease before the name was used again and has not heard of that.
    /// </summary>
    public IReadOnlyList<Claim> MayRun(Incarnation incarnation, long runId)
    {
        var last = GreatestHeld(incarnation, runId);
        return [.. _words.Values.Select(h => h.Claim).Where(c => c.IsHolding && (c.Incarnation == incarnation
            ? last is not { } l || ClaimOrder.Compare(c, l.Claim, runId) >= 0
            : c.IsExclusive))];
    }

    /// <summary>
    /// Who says that it runs it below this epoch: where a store was set back an epoch was given that is lower than one that had been held, and its holder goes on until it hears of that.
    /// </summary>
    public Claim? RunsBelow(Epoch epoch, Incarnation incarnation, NodeId self, Func<Claim, bool> isThere)
    {
        foreach (var heard in _words.Values)
        {
            if (heard.Claim is { IsStarted: true } claim && claim.Epoch < epoch && claim.Incarnation == incarnation && claim.Node != self && isThere(claim))
            {
                return claim;
            }
        }

        return null;
    }

    /// <summary>The greatest, but a bid given up or a witness's word at a greater epoch doesn't hide who holds or held it.</summary>
    public Heard? Standing(Incarnation incarnation, long runId) =>
        Greatest(incarnation, runId) is { Claim.Phase: not (ClaimPhase.Withdrawn or ClaimPhase.Seen) } greatest ? greatest : GreatestHeld(incarnation, runId) ?? Greatest(incarnation, runId);

    /// <summary>Known from elsewhere: no epoch up to it may be given again.</summary>
    public void KnowEpoch(Epoch epoch) => HighestEpoch = Epoch.Max(HighestEpoch, epoch);

    public bool HasWordAt(Epoch epoch)
    {
        foreach (var heard in _words.Values)
        {
            if (heard.Claim.Epoch == epoch)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The other claims of this incarnation and epoch.</summary>
    public IEnumerable<Heard> OthersAt(Epoch epoch, NodeId self, Incarnation incarnation) =>
        _words.Values.Where(h => h.Claim.Node != self && h.Claim.Epoch == epoch && h.Claim.Incarnation == incarnation);

    /// <summary>A word and how it came.</summary>
    public readonly record struct Heard(Claim Claim, bool Retained, TimeSpan At);
}
