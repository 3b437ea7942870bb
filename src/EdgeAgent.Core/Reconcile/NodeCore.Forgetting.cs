using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>Deleted workloads are remembered, so that an old store revives none; not for ever, and not without a bound.</summary>
public sealed partial class NodeCore
{
    private readonly SortedSet<(DateTimeOffset SignedAt, WorkloadName Workload)> _tombstones = [];

    /// <summary>How many workloads are wanted, as far as this node knows.</summary>
    public int WorkloadCount => _intents.Count - _tombstones.Count;

    /// <summary>The tombstone that was signed first, and how many there are.</summary>
    public (DateTimeOffset SignedAt, WorkloadName Workload, int Count)? OldestTombstone =>
        _tombstones.Count == 0 ? null : (_tombstones.Min.SignedAt, _tombstones.Min.Workload, _tombstones.Count);

    private void Know(KnownIntent known)
    {
        var before = _intents.GetValueOrDefault(known.Intent.Workload)?.Intent;
        CountDemand(before, known.Intent);
        _leastPriority = Math.Min(_leastPriority, known.Intent.Spec?.Priority ?? int.MaxValue);
        if (before is { IsTombstone: true } old)
        {
            _tombstones.Remove((old.SignedAt, old.Workload));
        }

        _intents[known.Intent.Workload] = known;
        KnowApart(known.Intent);
        LookAtHinderedBy(before, known.Intent);
        if (known.Intent.IsTombstone)
        {
            _tombstones.Add((known.Intent.SignedAt, known.Intent.Workload));
        }
    }

    /// <summary>
    /// As long as the broker keeps a tombstone nothing revives what it ended, whatever this machine's clock says: it may be a month ahead.
    /// </summary>
    private void Take(TombstonesAged e)
    {
        foreach (var (_, workload) in _tombstones.TakeWhile(t => t.SignedAt < e.SignedBefore).ToList())
        {
            if (_intents[workload] is { IsStored: false, HasOlder: false })
            {
                Forget(workload);
            }
        }
    }

    private void ForgetOldest()
    {
        if (_tombstones.Count > 0)
        {
            Forget(_tombstones.Min.Workload);
        }
    }

    /// <summary>Only a tombstone is forgotten, and only when nothing of the workload is left here.</summary>
    private void Forget(WorkloadName workload)
    {
        if (_intents.GetValueOrDefault(workload)?.Intent is not { IsTombstone: true } intent || _parts.AllOf(workload).Count > 0)
        {
            return;
        }

        _intents.Remove(workload);
        ForgetApart(workload);
        _tombstones.Remove((intent.SignedAt, intent.Workload));
        _effects.Add(new ForgetIntent(workload));
        foreach (var slot in _promises.Keys.Where(s => s.Workload == workload).ToList())
        {
            _promises.Remove(slot);
            _effects.Add(new ForgetPromise(slot));
        }

        ClearCopy(workload);
    }
}
