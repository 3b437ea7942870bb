using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Core.Placement;

/// <summary>What hearing a word came to.</summary>
public enum Hearing
{
    /// <summary>It is older than what is known of its node, or the same.</summary>
    Known,

    Taken,

    /// <summary>There is no room for one more.</summary>
    Refused,
}

/// <summary>
/// The claims of all slots that concern this node. Their number is bounded, for words are not signed: where it gets tight, only nodes
/// that are known to the cell are heard.
/// </summary>
public sealed class ClaimTable(NodeId self)
{
    /// <summary>Of all nodes and slots together; a word takes about 300 bytes.</summary>
    public const int WordsMax = 65_536;

    /// <summary>Beyond so many, words of nodes without a presence are not taken.</summary>
    public const int StrangersWordsMax = 8_192;

    private const int ReasonLengthMax = 120;

    private readonly Dictionary<SlotId, SlotClaims> _slots = [];
    private readonly Dictionary<NodeId, List<SlotId>> _byNode = [];

    public IEnumerable<SlotClaims> Slots => _slots.Values;

    /// <summary>Who has said something of any slot.</summary>
    public IEnumerable<NodeId> Nodes => _byNode.Keys;

    /// <summary>The slots of which a word of this node is known.</summary>
    public IReadOnlyList<SlotId> Of(NodeId node) => _byNode.TryGetValue(node, out var slots) ? slots : [];

    public int Words { get; private set; }

    public SlotClaims this[SlotId slot]
    {
        get
        {
            if (!_slots.TryGetValue(slot, out var claims))
            {
                _slots[slot] = claims = new SlotClaims(slot);
            }

            return claims;
        }
    }

    /// <param name="claim">The word. Of another node's, only as much of the texts is kept as explanations show.</param>
    /// <param name="retained">Whether it was kept by the broker, and not said now.</param>
    /// <param name="now">The loop's clock.</param>
    /// <param name="isKnown">Whether the node has a presence in this cell.</param>
    /// <param name="isOfItsLife">By the agent that is there.</param>
    public Hearing Hear(Claim claim, bool retained, TimeSpan now, bool isKnown, bool isOfItsLife = false)
    {
        var isOwn = claim.Node == self;
        var claims = this[claim.Slot];
        if (!isOwn && Words >= (isKnown ? WordsMax : StrangersWordsMax) && claims.Of(claim.Node) is null)
        {
            return Hearing.Refused;
        }

        var before = claims.Count;
        var hearing = claims.Hear(isOwn ? claim : Shortened(claim), retained, now, isOfItsLife);
        if (claims.Count > before)
        {
            Words++;
            Said(claim.Node).Add(claims.Slot);
        }

        return hearing;
    }

    /// <summary>The topic was cleared; says whether the slot is one of these.</summary>
    public bool Forget(SlotId slot, NodeId node)
    {
        if (!_slots.TryGetValue(slot, out var claims))
        {
            return false;
        }

        if (claims.Forget(node))
        {
            Words--;
            Said(node).Remove(claims.Slot);
        }

        return true;
    }

    public void Remove(SlotId slot)
    {
        if (_slots.Remove(slot, out var claims))
        {
            Words -= claims.Count;
            foreach (var node in claims.Nodes)
            {
                Said(node).Remove(claims.Slot);
            }
        }
    }

    /// <summary>A new connection reads the state anew.</summary>
    public void LinkLost()
    {
        foreach (var claims in _slots.Values)
        {
            claims.LinkLost();
        }

        _byNode.Clear();
        Words = 0;
    }

    private List<SlotId> Said(NodeId node)
    {
        if (!_byNode.TryGetValue(node, out var slots))
        {
            _byNode[node] = slots = [];
        }

        return slots;
    }

    private static Claim Shortened(Claim claim) => claim.Unit.Length == 0 && claim.Devices.IsNone && claim.Reason.Length <= ReasonLengthMax
        ? claim
        : claim with { Unit = "", Devices = default, Reason = claim.Reason.Length <= ReasonLengthMax ? claim.Reason : $"{claim.Reason[..ReasonLengthMax]}…" };
}
