using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation.Scale;

/// <summary>Who runs what, in true time: how long it took from an intent, and whether a slot runs nowhere or twice.</summary>
public sealed class PlacementWatch(SimWorld world) : IWorldWatcher
{
    private readonly Dictionary<SlotId, int> _running = [];
    private TimeSpan _since;

    /// <summary>From <see cref="Begin"/> to each start of work.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public long Starts { get; private set; }

    public long Stops { get; private set; }

    /// <summary>Slots of which at least one process runs.</summary>
    public int Running => _running.Count;

    /// <summary>Slots that run twice.</summary>
    public int Twice => _running.Values.Count(n => n > 1);

    public void Begin()
    {
        _since = world.Clock.Now;
        Waits.Clear();
    }

    public void Began(SimNode node, UnitSpec spec)
    {
        Starts++;
        Waits.Add(world.Clock.Now - _since);
        _running[spec.Tag.Slot] = _running.GetValueOrDefault(spec.Tag.Slot) + 1;
    }

    public void Ended(SimNode node, SlotId slot, bool hasSucceeded)
    {
        Stops++;
        if (--_running[slot] == 0)
        {
            _running.Remove(slot);
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

    public void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects)
    {
    }
}
