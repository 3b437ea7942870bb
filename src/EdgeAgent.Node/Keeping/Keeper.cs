using EdgeAgent.Core.Placement;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Keeping;

/// <summary>
/// What a turn wants kept becomes one batch. A batch that could not be written is submitted again, without what a later one has
/// written meanwhile, and until it is written all further ones wait together: what waits is one write for each key, however long it takes.
/// </summary>
internal sealed class Keeper(IStore store, LoopClock clock)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<long, Kept> _open = [];
    private readonly Dictionary<string, StoreWrite> _next = new(StringComparer.Ordinal);
    private long _last;

    private TimeSpan? _retryAt;

    /// <summary>When a failed batch is to be tried again: after the later ones that are still on their way, or it would write over what is newer.</summary>
    public TimeSpan? RetryAt => _retryAt is not null && _open.Values.All(k => k.IsCommitted || k.HasFailed) ? _retryAt : null;

    /// <summary>Why the last write failed; null when all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>Gives the batch in which it will be.</summary>
    public long Keep(StoreWrite write)
    {
        _next[KeyOf(write)] = write;
        return _last + 1;
    }

    public bool IsKept(long batch) => batch <= _last && !(_open.TryGetValue(batch, out var kept) && !kept.IsCommitted);

    /// <summary>The last batch with a claim of this slot that isn't on disk; 0 where all are.</summary>
    public long OpenBatchOf(SlotId slot) => OpenBatchOf(KeyOf(slot));

    /// <summary>The same of what was granted of this slot.</summary>
    public long OpenBatchOfPromise(SlotId slot) => OpenBatchOf(PromiseOf(slot));

    private long OpenBatchOf(string key) => _next.ContainsKey(key) ? _last + 1
        : _open.LastOrDefault(o => !o.Value.IsCommitted && o.Value.Batch.Writes.Any(w => KeyOf(w) == key)).Key;

    public void EndTurn()
    {
        if (_next.Count > 0 && Failure is null)
        {
            var batch = new StoreBatch(++_last, [.. _next.Values]);
            _next.Clear();
            _open[batch.Id] = new Kept(batch);
            store.Submit(batch);
        }

        if (RetryAt <= clock.Now)
        {
            _retryAt = null;
            foreach (var kept in _open.Values.Where(k => k.HasFailed).ToList())
            {
                kept.HasFailed = false;
                store.Submit(new StoreBatch(kept.Batch.Id, [.. kept.Batch.Writes.Where(w => !IsWrittenLater(kept.Batch.Id, w))]));
            }
        }
    }

    public void Committed(long id)
    {
        if (_open.TryGetValue(id, out var kept))
        {
            kept.IsCommitted = true;
        }

        // One that has committed is remembered while an earlier one has not: that one must not write over it.
        while (_open.Count > 0 && _open.First() is { Value.IsCommitted: true, Key: var first })
        {
            _open.Remove(first);
        }

        Failure = _open.Count == 0 ? null : Failure;
    }

    public void Failed(long id, string reason)
    {
        if (_open.TryGetValue(id, out var kept))
        {
            kept.HasFailed = true;
            Failure = reason;
            _retryAt = clock.Now + RetryAfter;
        }
    }

    private bool IsWrittenLater(long id, StoreWrite write) =>
        _open.Any(o => o.Key > id && o.Value.IsCommitted && o.Value.Batch.Writes.Any(w => KeyOf(w) == KeyOf(write)));

    private static string KeyOf(StoreWrite write) => write switch
    {
        PutIntent w => $"intent {w.Workload}",
        RemoveIntent w => $"intent {w.Workload}",
        PutClaim w => KeyOf(w.Slot),
        RemoveClaim w => KeyOf(w.Slot),
        PutPromise w => PromiseOf(w.Slot),
        RemovePromise w => PromiseOf(w.Slot),
        ReserveSessions => "sessions",
        PutMarks => "marks",
        _ => "revs",
    };

    private static string KeyOf(SlotId slot) => $"claim {slot}";

    private static string PromiseOf(SlotId slot) => $"promise {slot}";

    private sealed class Kept(StoreBatch batch)
    {
        public StoreBatch Batch => batch;

        public bool IsCommitted { get; set; }

        public bool HasFailed { get; set; }
    }
}
