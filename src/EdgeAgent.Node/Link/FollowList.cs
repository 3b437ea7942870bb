using System.Numerics;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Link;

/// <summary>One subscription with its barrier, and what has been read when that is back.</summary>
/// <param name="Filters">Of the SUBSCRIBE.</param>
/// <param name="Buckets">Read by it.</param>
/// <param name="Slots">Read by it.</param>
/// <param name="Leave">Filters that are given up again then.</param>
internal sealed record FollowStep(IReadOnlyList<string> Filters, uint Buckets, IReadOnlyList<SlotId> Slots, IReadOnlyList<string> Leave);

/// <summary>
/// The claims that are still to be subscribed to, in steps that bring no more retained words than a broker's queue takes (traces.md, 13).
/// </summary>
internal sealed class FollowList(TopicSpace topics, Func<IEnumerable<Intent>> intents)
{
    private const int ClaimsPerSlotAssumed = 4;

    private readonly SortedSet<SlotId> _slots = [];
    private readonly SortedSet<SlotId> _once = [];

    private readonly List<string> _again = [];

    /// <summary>Followed by filters of their own.</summary>
    private readonly HashSet<SlotId> _single = [];
    private uint _buckets;

    public void Add(uint buckets) => _buckets |= buckets;

    public void Add(IReadOnlyList<SlotId> slots)
    {
        _slots.UnionWith(slots);
        _single.UnionWith(slots);
    }

    /// <summary>The filters of these slots that are not needed when they have been read once.</summary>
    public IReadOnlyList<string> Passing(IEnumerable<SlotId> slots) => [.. slots.Where(s => !_single.Contains(s)).Select(topics.ClaimsOf)];

    /// <summary>Of slots that are followed already.</summary>
    public void AddOnce(IReadOnlyList<SlotId> slots) => _once.UnionWith(slots);

    /// <summary>Read again, and followed by wider filters as ever.</summary>
    public void AddOnce(IEnumerable<string> filters) => _again.AddRange(filters);

    public IReadOnlyList<string> Remove(uint buckets)
    {
        _buckets &= ~buckets;
        return [.. BucketsOf(buckets).Select(topics.ClaimsIn)];
    }

    public IReadOnlyList<string> Remove(SlotId slot)
    {
        _slots.Remove(slot);
        _single.Remove(slot);
        return [topics.ClaimsOf(slot)];
    }

    public void Clear()
    {
        _buckets = 0;
        _slots.Clear();
        _single.Clear();
        _once.Clear();
        _again.Clear();
    }

    /// <summary>Null when there is none left.</summary>
    public FollowStep? TakeStep()
    {
        if (_buckets != 0)
        {
            return TakeBuckets();
        }

        if (_slots.Count > 0)
        {
            var slots = Take(_slots);
            return new FollowStep([.. slots.Select(topics.ClaimsOf)], 0, slots, []);
        }

        if (_once.Count > 0)
        {
            var slots = Take(_once);
            return new FollowStep([.. slots.Select(topics.ClaimsOf)], 0, slots, Passing(slots));
        }

        if (_again.Count > 0)
        {
            var filters = _again.GetRange(0, Math.Min(_again.Count, NodeLimits.FiltersPerSubscribe));
            _again.RemoveRange(0, filters.Count);
            return new FollowStep(filters, 0, [], filters);
        }

        return null;
    }

    private FollowStep TakeBuckets()
    {
        var sizes = CountClaims();
        var (taken, claims) = (0u, 0);
        foreach (var bucket in BucketsOf(_buckets))
        {
            if (taken != 0 && claims + sizes[bucket] > NodeLimits.RetainedPerStep)
            {
                break;
            }

            (taken, claims) = (taken | Bucket.Mask(bucket), claims + sizes[bucket]);
        }

        _buckets &= ~taken;
        return new FollowStep([.. BucketsOf(taken).Select(topics.ClaimsIn)], taken, [], []);
    }

    private int[] CountClaims()
    {
        var sizes = new int[Bucket.Count];
        foreach (var intent in intents().Where(i => i.Spec is { Mode: not WorkloadMode.Everywhere }))
        {
            for (var i = 0; i < intent.Spec!.Replicas; i++)
            {
                sizes[Bucket.Of(new SlotId(intent.Workload, i))] += ClaimsPerSlotAssumed;
            }
        }

        return sizes;
    }

    private static List<SlotId> Take(SortedSet<SlotId> from)
    {
        var slots = new List<SlotId>();
        while (from.Count > 0 && slots.Count < NodeLimits.FiltersPerSubscribe)
        {
            slots.Add(from.Min);
            from.Remove(from.Min);
        }

        return slots;
    }

    private static IEnumerable<int> BucketsOf(uint buckets)
    {
        for (var rest = buckets; rest != 0; rest &= rest - 1)
        {
            yield return BitOperations.TrailingZeroCount(rest);
        }
    }
}
