using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>What has started, and for which slots all nodes have been called.</summary>
internal sealed class RaceWatch(SimWorld world) : IWorldWatcher
{
    private readonly HashSet<SlotId> _running = [];
    private readonly Dictionary<SlotId, (int Ring, TimeSpan At)> _called = [];

    /// <summary>Of the rings that may be called; the first needs no call.</summary>
    public int LastRing { get; set; } = int.MaxValue;

    public int Twice { get; private set; }

    public bool IsRunning(SlotId slot) => _running.Contains(slot);

    /// <summary>When all nodes were called for it for the first time; null: not yet.</summary>
    public TimeSpan? AllCalledAt(SlotId slot) => _called.TryGetValue(slot, out var called) && called.Ring >= LastRing ? called.At : null;

    public void Forget(SlotId slot) => _called.Remove(slot);

    public void Began(SimNode node, UnitSpec spec) => Twice += _running.Add(spec.Tag.Slot) ? 0 : 1;

    public void Ended(SimNode node, SlotId slot, bool hasSucceeded) => _running.Remove(slot);

    public void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects)
    {
        for (var i = 0; i < effects.Count; i++)
        {
            if (effects[i] is CallOthers call && (!_called.TryGetValue(call.Slot, out var known) || known.Ring < call.Ring))
            {
                _called[call.Slot] = (call.Ring, world.Clock.Now);
            }
        }
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
