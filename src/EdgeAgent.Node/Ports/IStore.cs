using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Ports;

/// <summary>
/// What survives the agent. One batch is one transaction; batches are carried out in order (several may share one commit),
/// and each is answered by <see cref="StoreCommitted"/> after it is on disk.
/// </summary>
public interface IStore
{
    /// <summary>Everything kept, read once before the loop starts.</summary>
    StoredState Load();

    void Submit(StoreBatch batch);
}

/// <summary>What was kept; of a first start only the new store id.</summary>
public sealed record StoredState
{
    /// <summary>Random 128 bits drawn when the store was made: 32 hexadecimal digits. Marks units as this agent's.</summary>
    public required string StoreId { get; init; }

    /// <summary>The last reserved session: the next connection is above it.</summary>
    public long SessionReserved { get; init; }

    /// <summary>The last reserved <c>rev</c>.</summary>
    public long RevReserved { get; init; }

    /// <summary>The signed bytes of each intent and tombstone known, verified again at load.</summary>
    public IReadOnlyList<StoredIntent> Intents { get; init; } = [];

    /// <summary>This node's own words on slots, in the wire's form.</summary>
    public IReadOnlyList<StoredClaim> Claims { get; init; } = [];

    /// <summary>What this node has granted as a voter.</summary>
    public IReadOnlyList<StoredPromise> Promises { get; init; } = [];

    /// <summary>What operators have said of the node, in the wire's form; empty: nothing yet.</summary>
    public ReadOnlyMemory<byte> Marks { get; init; }

    /// <summary>Set where the store's file was set aside as corrupt and a new one made: what to tell, once.</summary>
    public string? Mishap { get; init; }
}

public readonly record struct StoredIntent(WorkloadName Workload, ReadOnlyMemory<byte> Signed);

public readonly record struct StoredClaim(SlotId Slot, ReadOnlyMemory<byte> Payload);

/// <summary>The claim of that node that was granted last, in the wire's form, and the highest epoch that ever was.</summary>
public readonly record struct StoredPromise(SlotId Slot, NodeId Node, ReadOnlyMemory<byte> Payload, long Highest);

/// <summary>What one turn of the loop wants kept.</summary>
public sealed record StoreBatch(long Id, IReadOnlyList<StoreWrite> Writes);

public abstract record StoreWrite
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

public sealed record PutIntent(WorkloadName Workload, ReadOnlyMemory<byte> Signed) : StoreWrite;

public sealed record RemoveIntent(WorkloadName Workload) : StoreWrite;

public sealed record PutClaim(SlotId Slot, ReadOnlyMemory<byte> Payload) : StoreWrite;

public sealed record RemoveClaim(SlotId Slot) : StoreWrite;

/// <summary>In place of what was granted of the slot before.</summary>
public sealed record PutPromise(SlotId Slot, NodeId Node, ReadOnlyMemory<byte> Payload, long Highest) : StoreWrite;

public sealed record RemovePromise(SlotId Slot) : StoreWrite;

/// <summary>Sessions up to this one may be used.</summary>
public sealed record ReserveSessions(long Last) : StoreWrite;

public sealed record ReserveRevs(long Last) : StoreWrite;

/// <summary>In place of what was kept of the node before.</summary>
public sealed record PutMarks(ReadOnlyMemory<byte> Payload) : StoreWrite;

public sealed record StoreCommitted(long Id) : NodeInput;

/// <summary>It is not on disk (full, I/O error). The loop submits it again after a wait; what depends on it is not published.</summary>
public sealed record StoreFailed(long Id, string Reason) : NodeInput;
