using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Node.Link;

/// <summary>What comes back while slots are read anew, until the message to oneself behind it has come back too.</summary>
internal sealed class SlotReadings
{
    private readonly Dictionary<long, Reading> _open = [];

    public void Begin(ReadSlot asked) => _open[asked.Id] = new Reading(asked);

    public void Clear() => _open.Clear();

    public void Take(Claim claim)
    {
        foreach (var reading in _open.Values)
        {
            if (reading.Asked.Slot == claim.Slot)
            {
                reading.Claims[claim.Node] = claim;
            }
        }
    }

    public void Take(Presence presence)
    {
        foreach (var reading in _open.Values)
        {
            reading.Presences[presence.Node] = presence;
        }
    }

    public void Take(NodeId node, LeaseWord lease)
    {
        foreach (var reading in _open.Values)
        {
            reading.Leases[node] = lease;
        }
    }

    public ReadSlot? End(long id, out SlotRead? read)
    {
        read = null;
        if (!_open.Remove(id, out var reading))
        {
            return null;
        }

        read = new SlotRead(reading.Asked.Slot, id, reading.Asked.Holders) { Claims = [.. reading.Claims.Values], Presences = reading.Presences, Leases = reading.Leases };
        return reading.Asked;
    }

    private sealed class Reading(ReadSlot asked)
    {
        public ReadSlot Asked => asked;

        public Dictionary<NodeId, Claim> Claims { get; } = [];

        public Dictionary<NodeId, Presence> Presences { get; } = [];

        public Dictionary<NodeId, LeaseWord> Leases { get; } = [];
    }
}
