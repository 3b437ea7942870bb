using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Who sees what no node can see: everything, at once, and in true time.</summary>
public interface IWorldWatcher
{
    /// <summary>A process of work has begun.</summary>
    void Began(SimNode node, UnitSpec spec);

    /// <summary>The last process of a slot's work has ended there; <paramref name="hasSucceeded"/>: by itself, its work done.</summary>
    void Ended(SimNode node, SlotId slot, bool hasSucceeded);

    /// <summary>A batch is on the disk.</summary>
    void Kept(SimNode node, StoreBatch batch);

    /// <summary>An agent begins with what was on the disk.</summary>
    void Loaded(SimNode node, StoredState stored);

    /// <summary>The broker took a message; null: nobody's of this cell.</summary>
    void Taken(SimNode? from, string topic, ReadOnlyMemory<byte> payload, bool isRetained);

    /// <summary>The broker begins with another store than it ended with.</summary>
    void StoreChanged()
    {
    }

    /// <summary>A node asks for a publish.</summary>
    void Submitted(SimNode node, int inFlight);

    /// <summary>The rules of a node took a step.</summary>
    void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects);
}
