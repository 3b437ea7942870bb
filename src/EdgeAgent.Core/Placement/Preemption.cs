using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>A slot that a node holds, as far as it matters to whoever wants its room.</summary>
/// <param name="Slot">Which.</param>
/// <param name="Priority">Of its workload.</param>
/// <param name="Held">What comes free when it goes.</param>
/// <param name="Age">How long it has been there: who is younger loses less.</param>
/// <param name="Permits">How many slots of its workload may go down beside those that are; null: it needs no permit, for nobody is served by it now.</param>
public readonly record struct Tenant(SlotId Slot, int Priority, Resources Held, TimeSpan Age, int? Permits);

/// <summary>
/// Who gives way to work that has no room (docs/adr/0024): only what is of strictly lower priority, and of that the least harm. Of the sets that make room the one whose
/// most important slot matters least; of those a single slot where one is enough, the youngest; else nobody in vain, the small and the old being spared first. The same state gives the same.
/// </summary>
public static class Preemption
{
    /// <summary>More than this are not ended for one slot.</summary>
    public const int VictimsMax = 32;

    /// <summary>A bid that displaces others scores at most this, and any bid of a node that has room more: it always loses to that.</summary>
    public const int ScoreMax = 50_000;

    /// <summary>Of the score, a step of priority: within it fewer victims are better.</summary>
    private const int PriorityStep = 24;

    private const long Whole = 1000;

    /// <summary>None: there is no such set, or none is needed.</summary>
    /// <param name="newcomer">What wants room.</param>
    /// <param name="free">What is free now.</param>
    /// <param name="tenants">What may go, whatever its priority.</param>
    public static SlotSet Choose(WorkloadSpec newcomer, Resources free, IReadOnlyList<Tenant> tenants)
    {
        if (Fits(newcomer, free))
        {
            return SlotSet.None;
        }

        List<Tenant> lower = [.. tenants.Where(t => IsLower(t.Priority, newcomer.Priority) && t.Permits is not <= 0)];
        foreach (var level in lower.Select(t => t.Priority).Distinct().Order().ToList())
        {
            var pool = WithinPermits([.. lower.Where(t => t.Priority <= level)], newcomer, free);
            if (!Fits(newcomer, With(free, pool)))
            {
                continue;
            }

            // Without this level there was no room: whatever makes it has a slot of it.
            var single = pool.Where(t => t.Priority == level && Fits(newcomer, free + t.Held)).OrderBy(t => t.Age).ThenBy(t => t.Slot).Take(1).ToList();
            var victims = single.Count > 0 ? single : Spare(pool, newcomer, free);
            return victims.Count > VictimsMax ? SlotSet.None : SlotSet.From(victims.Select(v => v.Slot));
        }

        return SlotSet.None;
    }

    /// <summary>The rule itself: never work of the same or a higher priority.</summary>
    public static bool IsLower(int priority, int than) => Mutation.EqualPriorityPreempted ? priority <= than : priority < than;

    /// <summary>Of a bid with these victims, 1 to <see cref="ScoreMax"/>: less harm is better.</summary>
    public static int Score(int highestPriority, int victims) =>
        ((WorkloadLimits.PriorityMax - Math.Clamp(highestPriority, WorkloadLimits.PriorityMin, WorkloadLimits.PriorityMax)) * PriorityStep) + PriorityStep - Math.Clamp(victims, 1, PriorityStep - 1);

    /// <summary>Whether it fits into so much.</summary>
    public static bool Fits(WorkloadSpec spec, Resources free) => free.Fits(spec.Resources) && DeviceRoom.Fits(spec.Devices, free.Devices);

    /// <summary>For a person, behind what else is said of a claim: whom it displaced, or is about to; empty: nobody.</summary>
    public static string Tell(Claim claim) => claim.Displaces.IsNone || !claim.IsStarted ? ""
        : claim.IsMakingRoom ? $"; it waits for its room, which it gets from {claim.Displaces}" : $"; it displaced {claim.Displaces}";

    /// <summary>Of each workload no more than may be down: those that help most, and of these the youngest.</summary>
    private static List<Tenant> WithinPermits(List<Tenant> tenants, WorkloadSpec newcomer, Resources free)
    {
        var taken = new Dictionary<WorkloadName, int>();
        var within = new List<Tenant>();
        foreach (var tenant in tenants.OrderByDescending(t => Relief(t, newcomer, free)).ThenBy(t => t.Age).ThenBy(t => t.Slot))
        {
            var before = taken.GetValueOrDefault(tenant.Slot.Workload);
            if (tenant.Permits is { } permits && before >= permits)
            {
                continue;
            }

            taken[tenant.Slot.Workload] = before + (tenant.Permits is null ? 0 : 1);
            within.Add(tenant);
        }

        return within;
    }

    /// <summary>All of the pool would be enough: whoever isn't needed is spared, first the important, then the small, then the old.</summary>
    private static List<Tenant> Spare(List<Tenant> pool, WorkloadSpec newcomer, Resources free)
    {
        List<Tenant> victims = [.. pool];
        foreach (var tenant in pool.OrderByDescending(t => t.Priority).ThenBy(t => Relief(t, newcomer, free)).ThenByDescending(t => t.Age).ThenByDescending(t => t.Slot))
        {
            victims.Remove(tenant);
            if (!Fits(newcomer, With(free, victims)))
            {
                victims.Add(tenant);
            }
        }

        return victims;
    }

    /// <summary>How much of what is lacking comes free with it, in thousandths for each of the resources that are lacking.</summary>
    private static long Relief(Tenant tenant, WorkloadSpec newcomer, Resources free)
    {
        var (asked, held) = (newcomer.Resources, tenant.Held);
        var relief = Part(held.Cpu.Value, asked.Cpu.Value - free.Cpu.Value) + Part(held.Memory.Value, asked.Memory.Value - free.Memory.Value)
            + Part(held.Disk.Value, asked.Disk.Value - free.Disk.Value) + Part(held.Tasks, asked.Tasks - free.Tasks);
        foreach (var request in newcomer.Devices)
        {
            if (!DeviceRoom.Fits(request, free.Devices))
            {
                var milli = 0L;
                foreach (var share in held.Devices.Of(request.Kind))
                {
                    milli += share.Milli;
                }

                relief += Part(milli, request.Milli);
            }
        }

        return relief;
    }

    private static long Part(long held, long lacking) => lacking <= 0 ? 0 : (long)Int128.Min(Whole, (Int128)held * Whole / lacking);

    private static Resources With(Resources free, List<Tenant> tenants) => tenants.Aggregate(free, (sum, t) => sum + t.Held);
}
