using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>A disk: what was committed is there after a crash, what was not isn't.</summary>
public sealed class SimStore : IStore
{
    private readonly SortedDictionary<WorkloadName, byte[]> _intents = [];
    private readonly SortedDictionary<SlotId, byte[]> _claims = [];
    private SimNode? _node;
    private SimWorld? _world;
    private long _life;
    private long _sessions;
    private long _revs;

    /// <summary>How long a commit takes.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Every write is refused, as on a full disk.</summary>
    public bool IsFull { get; set; }

    /// <summary>The batches that were refused and not written since.</summary>
    public SortedSet<long> Unwritten { get; } = [];

    public StoredState Load() => new()
    {
        StoreId = "00000000000000000000000000000000",
        SessionReserved = _sessions,
        RevReserved = _revs,
        Intents = [.. _intents.Select(i => new StoredIntent(i.Key, i.Value))],
        Claims = [.. _claims.Select(c => new StoredClaim(c.Key, c.Value))],
    };

    public bool Knows(Intent intent) => _intents.TryGetValue(intent.Workload, out var signed) && intent.Signed.Span.SequenceEqual(signed);

    /// <summary>As a card that was cloned.</summary>
    public SimStore Clone()
    {
        var clone = new SimStore { _sessions = _sessions, _revs = _revs };
        foreach (var (key, value) in _intents)
        {
            clone._intents[key] = value;
        }

        foreach (var (key, value) in _claims)
        {
            clone._claims[key] = value;
        }

        return clone;
    }

    public void Submit(StoreBatch batch)
    {
        var life = _life;
        _world!.At(Latency, () =>
        {
            if (life != _life)
            {
                return;
            }

            if (IsFull)
            {
                Unwritten.Add(batch.Id);
                _node!.Post(new StoreFailed(batch.Id, "database or disk is full"));
                return;
            }

            foreach (var write in batch.Writes)
            {
                Apply(write);
            }

            Unwritten.Remove(batch.Id);
            _node!.Post(new StoreCommitted(batch.Id));
        });
    }

    internal void Attach(SimNode node, SimWorld world) => (_node, _world, _life) = (node, world, _life + 1);

    internal void Detach() => _life++;

    private void Apply(StoreWrite write)
    {
        switch (write)
        {
            case PutIntent w:
                _intents[w.Workload] = w.Signed.ToArray();
                break;
            case RemoveIntent w:
                _intents.Remove(w.Workload);
                break;
            case PutClaim w:
                _claims[w.Slot] = w.Payload.ToArray();
                break;
            case RemoveClaim w:
                _claims.Remove(w.Slot);
                break;
            case ReserveSessions w:
                _sessions = w.Last;
                break;
            case ReserveRevs w:
                _revs = w.Last;
                break;
        }
    }
}
