using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>What has started.</summary>
internal sealed class RaceWatch : IWorldWatcher
{
    private readonly HashSet<SlotId> _running = [];

    public int Twice { get; private set; }

    public bool IsRunning(SlotId slot) => _running.Contains(slot);

    public void Began(SimNode node, UnitSpec spec) => Twice += _running.Add(spec.Tag.Slot) ? 0 : 1;

    public void Ended(SimNode node, SlotId slot, bool hasSucceeded) => _running.Remove(slot);

    public void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects)
    {
    }

    public void Kept(SimNode node, StoreBatch batch)
    {
    }

    public void Loaded(SimNode node, StoredState stored)
    {
    }

    public void Taken(SimNode? from, string topic, ReadOnlyMemory<byte> payload, bool isRetained)
    {
    }

    public void Submitted(SimNode node, int inFlight)
    {
    }
}
