using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation.Checking;

/// <summary>Work that comes to where it fits better (docs/adr/0029): only to where it does, and not for ever.</summary>
internal sealed class Balance(SimWorld world, Calm calm)
{
    /// <summary>After an offer its slot may move for so long.</summary>
    private static readonly TimeSpan MovesFor = TimeSpan.FromSeconds(60);

    /// <summary>A node looks six R after it has connected, or six R after something has changed at most; and it wishes once in as long.</summary>
    private const int WindowsAtRest = 14;

    /// <summary>Who bids has read everything long before, and the holder is heard.</summary>
    private static readonly TimeSpan Hearing = TimeSpan.FromSeconds(5);

    /// <summary>An offer follows a wish within that.</summary>
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(1);

    private TimeSpan? _wishedAt;

    private readonly Dictionary<SlotId, (SimNode From, Claim Claim, TimeSpan At)> _offers = [];
    private readonly Dictionary<SlotId, TimeSpan> _movedUntil = [];

    /// <summary>A slot is on its way, or was just now.</summary>
    public bool IsMoving => _movedUntil.Values.Any(u => world.Clock.Now < u);

    /// <summary>Nothing is on offer, and nobody has wished for anything for as long as it takes to look and to wish.</summary>
    public bool IsAtRest(TimeSpan since) =>
        !IsMoving && world.Clock.Now - (_wishedAt > since ? _wishedAt.Value : since) >= world.ReconnectWindow * WindowsAtRest && world.Nodes.Values.All(n => n.Rules is not { } rules || rules.OwnWords.All(w => w.OfferedAbove == 0 || !w.IsLeaving));

    /// <summary>Somebody has wished for work of another's.</summary>
    public bool HasWished(TimeSpan since) => _wishedAt > since;

    /// <summary>What keeps it from rest, for a person.</summary>
    public string Lacking() => string.Join("; ", world.Nodes.Values.SelectMany(n => (n.Rules?.OwnWords ?? []).Where(w => w.OfferedAbove > 0 && w.IsLeaving).Select(w => $"{n.Name} offers {w.Slot} to one of {w.OfferedAbove} and more ({w.Phase})")).Append($"the last wish at {_wishedAt}"));

    public bool IsMove(SlotId slot) => _movedUntil.TryGetValue(slot, out var until) && world.Clock.Now < until;

    /// <summary>A wish, or what follows from an offer.</summary>
    public bool IsPartOfIt(Topic topic, ReadOnlyMemory<byte> payload)
    {
        _wishedAt = topic.Kind == TopicKind.Ask && !payload.IsEmpty ? world.Clock.Now : _wishedAt;
        return world.Clock.Now - _wishedAt < Answered || IsMoving || (topic.Kind == TopicKind.Claim && !WordCodec.TryReadClaim(payload, new(topic.Workload, topic.Index), topic.Node, out var claim).IsError && claim.OfferedAbove > 0);
    }

    public void Taken(SimNode from, Claim claim)
    {
        var slot = claim.Slot;
        if (claim is { OfferedAbove: > 0, IsLeaving: true })
        {
            _offers[slot] = (from, claim, world.Clock.Now);
            _movedUntil[slot] = world.Clock.Now + MovesFor;
        }
        else if (_offers.TryGetValue(slot, out var offer) && offer.From == from)
        {
            _offers.Remove(slot);
        }
        else if (offer.Claim is not null && claim.Phase == ClaimPhase.Bid && claim.Incarnation == offer.Claim.Incarnation && claim.Epoch == offer.Claim.Epoch.Next && calm.HeardFor(from) > Hearing && calm.HeardFor(offer.From) > Hearing
            && from.Rules!.Members.StandingOf(offer.From.Id, from.LoopTime) == PeerStanding.Present && claim.Score < offer.Claim.OfferedAbove)
        {
            throw new ViolationException(Rule.Balance, $"{from.Name} bids for {slot} with a score of {claim.Score}, and {offer.From.Name} has offered it to one of {offer.Claim.OfferedAbove} and more");
        }
    }

    /// <summary>Scaled down: nothing of what was offered is left.</summary>
    public void Cleared(SimNode from, SlotId slot)
    {
        if (_offers.TryGetValue(slot, out var offer) && offer.From == from)
        {
            _offers.Remove(slot);
        }
    }

    /// <summary>What runs at another's elsewhere by now: what was offered by who lost its memory counts no more.</summary>
    public void Loaded(SimNode node)
    {
        foreach (var slot in _offers.Where(o => o.Value.From == node).Select(o => o.Key).ToList())
        {
            _offers.Remove(slot);
        }
    }
}
