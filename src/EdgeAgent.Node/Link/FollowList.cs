using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Link;

/// <summary>
/// The workloads whose claims are still to be subscribed to, in steps that bring no more retained words than a broker's queue takes
/// (traces.md, 13): many small workloads in one, a great one slot by slot.
/// </summary>
internal sealed class FollowList(TopicSpace topics, Func<WorkloadName, WorkloadSpec?> specOf)
{
    private const int ClaimsPerSlotAssumed = 4;
    private const int SlotsPerStep = NodeLimits.RetainedPerStep / ClaimsPerSlotAssumed;

    private readonly SortedSet<WorkloadName> _waiting = [];
    private readonly Dictionary<WorkloadName, (int Next, int End)> _bySlot = [];

    public void Add(WorkloadName workload)
    {
        _waiting.Add(workload);
        if (_bySlot.TryGetValue(workload, out var taken))
        {
            _bySlot[workload] = taken with { Next = 0 };
        }
    }

    /// <summary>Whether it is followed by a filter for each of its slots.</summary>
    public bool IsBySlot(WorkloadName workload) => _bySlot.ContainsKey(workload);

    /// <summary>Nothing of it is wanted any more; gives the filters by which it was, or may have been.</summary>
    public IReadOnlyList<string> Remove(WorkloadName workload)
    {
        _waiting.Remove(workload);
        return _bySlot.Remove(workload, out var taken) ? [topics.ClaimsOf(workload), .. SlotFilters(workload, 0, taken.End)] : [topics.ClaimsOf(workload)];
    }

    public void Clear()
    {
        _waiting.Clear();
        _bySlot.Clear();
    }

    /// <summary>The next step's filters, and the workloads that have been read when it is over; null when there is none left.</summary>
    public (IReadOnlyList<string> Filters, IReadOnlyList<WorkloadName> Complete)? TakeStep()
    {
        var group = new List<WorkloadName>();
        var slots = 0;
        while (_waiting.Count > 0 && group.Count < NodeLimits.FiltersPerSubscribe)
        {
            var workload = _waiting.Min;
            var more = SlotsOf(workload);
            if (slots + more > SlotsPerStep)
            {
                if (group.Count == 0)
                {
                    return TakePart(workload, more);
                }

                break;
            }

            slots += more;
            _waiting.Remove(workload);
            group.Add(workload);
        }

        return group.Count == 0 ? null : ([.. group.Select(topics.ClaimsOf)], group);
    }

    private (IReadOnlyList<string> Filters, IReadOnlyList<WorkloadName> Complete) TakePart(WorkloadName workload, int slots)
    {
        var (first, furthest) = _bySlot.GetValueOrDefault(workload);
        var end = Math.Min(first + NodeLimits.FiltersPerSubscribe, slots);
        _bySlot[workload] = (end, Math.Max(end, furthest));
        if (end < slots)
        {
            return ([.. SlotFilters(workload, first, end)], []);
        }

        _waiting.Remove(workload);
        return ([.. SlotFilters(workload, first, end)], [workload]);
    }

    private int SlotsOf(WorkloadName workload) => specOf(workload)?.Replicas ?? 1;

    private IEnumerable<string> SlotFilters(WorkloadName workload, int first, int end) =>
        Enumerable.Range(first, end - first).Select(i => topics.ClaimsOf(new SlotId(workload, i)));
}
