using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Simulation;

/// <summary>A disk: what was committed is there after a crash; of what was not, the first batches may be there whole, and the others aren't.</summary>
public sealed class SimStore : IStore
{
    private readonly SortedDictionary<WorkloadName, byte[]> _intents = [];
    private readonly SortedDictionary<SlotId, byte[]> _claims = [];
    private readonly SortedDictionary<SlotId, (NodeId Node, byte[] Payload, long Highest)> _promises = [];
    private readonly Queue<StoreBatch> _underWay = [];
    private SimNode? _node;
    private SimWorld? _world;
    private TimeSpan _lastAt;
    private long _life;
    private long _sessions;
    private long _revs;
    private byte[] _marks = [];

    /// <summary>How long a commit takes.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Every write is refused, as on a full disk.</summary>
    public bool IsFull { get; set; }

    /// <summary>Of thousand batches so many fail.</summary>
    public int Fails { get; set; }

    /// <summary>A crash may find batches on the disk that were never acknowledged.</summary>
    public bool KeepsUnacknowledged { get; set; }

    /// <summary>The batches that were refused and not written since.</summary>
    public SortedSet<long> Unwritten { get; } = [];

    public StoredState Load() => new()
    {
        StoreId = "00000000000000000000000000000000",
        SessionReserved = _sessions,
        RevReserved = _revs,
        Intents = [.. _intents.Select(i => new StoredIntent(i.Key, i.Value))],
        Claims = [.. _claims.Select(c => new StoredClaim(c.Key, c.Value))],
        Marks = _marks,
        Promises = [.. _promises.Select(p => new StoredPromise(p.Key, p.Value.Node, p.Value.Payload, p.Value.Highest))],
    };

    /// <summary>What operators have said of the node, as it is kept.</summary>
    public NodeMarks Marks => _marks.Length == 0 || WordCodec.TryReadMarks(_marks, out var marks).IsError ? NodeMarks.None : marks;

    public bool Knows(Intent intent) => _intents.TryGetValue(intent.Workload, out var signed) && intent.Signed.Span.SequenceEqual(signed);

    /// <summary>The claim that is kept of a slot, in the wire's form; null: none.</summary>
    public byte[]? ClaimOf(SlotId slot) => _claims.GetValueOrDefault(slot);

    /// <summary>As a card that was cloned.</summary>
    public SimStore Clone()
    {
        var clone = new SimStore { _sessions = _sessions, _revs = _revs, _marks = _marks, KeepsUnacknowledged = KeepsUnacknowledged };
        foreach (var (key, value) in _intents)
        {
            clone._intents[key] = value;
        }

        foreach (var (key, value) in _claims)
        {
            clone._claims[key] = value;
        }

        foreach (var (key, value) in _promises)
        {
            clone._promises[key] = value;
        }

        return clone;
    }

    public void Submit(StoreBatch batch)
    {
        var life = _life;
        _underWay.Enqueue(batch);
        var at = _world!.Clock.Now + Latency;
        _lastAt = at > _lastAt ? at : _lastAt;
        _world.At(_lastAt - _world.Clock.Now, () =>
        {
            if (life == _life)
            {
                Commit(_underWay.Dequeue());
            }
        });
    }

    internal void Attach(SimNode node, SimWorld world)
    {
        (_node, _world, _life) = (node, world, _life + 1);
        _underWay.Clear();
    }

    /// <summary>The agent is dead: whole batches in their order, or nothing.</summary>
    internal void Detach(SimRandom chance)
    {
        _life++;
        while (KeepsUnacknowledged && !IsFull && Fails == 0 && _underWay.TryDequeue(out var batch) && chance.Chance(500))
        {
            _node?.Count("unacknowledged batches kept");
            Write(batch);
        }

        if (_underWay.Count > 0)
        {
            _node?.Count("unacknowledged batches lost");
        }

        _underWay.Clear();
    }

    private void Commit(StoreBatch batch)
    {
        if (IsFull || _world!.Chance.Chance(Fails))
        {
            Unwritten.Add(batch.Id);
            _node!.Post(new StoreFailed(batch.Id, IsFull ? "database or disk is full" : "disk I/O error"));
            return;
        }

        Write(batch);
        Unwritten.Remove(batch.Id);
        _node!.Post(new StoreCommitted(batch.Id));
    }

    private void Write(StoreBatch batch)
    {
        foreach (var write in batch.Writes)
        {
            Apply(write);
        }

        _world!.Watcher?.Kept(_node!, batch);
    }

    private void Apply(StoreWrite write)
    {
        switch (write)
        {
            case PutIntent w:
                _intents[w.Workload] = w.Signed.Whole();
                break;
            case RemoveIntent w:
                _intents.Remove(w.Workload);
                break;
            case PutClaim w:
                _claims[w.Slot] = w.Payload.Whole();
                break;
            case RemoveClaim w:
                _claims.Remove(w.Slot);
                break;
            case PutPromise w:
                _promises[w.Slot] = (w.Node, w.Payload.ToArray(), w.Highest);
                break;
            case RemovePromise w:
                _promises.Remove(w.Slot);
                break;
            case ReserveSessions w:
                _sessions = w.Last;
                break;
            case ReserveRevs w:
                _revs = w.Last;
                break;
            case PutMarks w:
                _marks = w.Payload.ToArray();
                break;
        }
    }
}
