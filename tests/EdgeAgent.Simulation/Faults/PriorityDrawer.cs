using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Makes of a cell with room one in which some have to give way: priorities, and much more asked for than there is. The rest of a schedule stays as it was drawn.</summary>
internal static class PriorityDrawer
{
    private const int GreatPermille = 700;
    private const int OtherPriorityPermille = 150;

    private static readonly IReadOnlyList<int> Priorities = [-10, 0, 0, 10, 10, 100];
    private static readonly IReadOnlyList<int> GreatCpus = [700, 1100, 1500, 2200, 3000];

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        var priorities = new Dictionary<string, int>();
        var great = new Dictionary<string, int>();
        foreach (var name in acts.Where(a => a.Spec is not null).Select(a => a.Workload).Distinct().Order(StringComparer.Ordinal))
        {
            priorities[name] = chance.Pick(Priorities);
            if (chance.Chance(GreatPermille))
            {
                great[name] = chance.Pick(GreatCpus);
            }
        }

        var drawn = new List<Act>();
        foreach (var act in acts)
        {
            if (act.Spec is not { } spec)
            {
                drawn.Add(act);
                continue;
            }

            if (act.Kind == ActKind.Adjust && chance.Chance(OtherPriorityPermille))
            {
                priorities[act.Workload] = chance.Pick(Priorities);
            }

            // What is on every node is small, or nothing else would have room.
            var cpu = spec.Mode != WorkloadMode.Everywhere && great.TryGetValue(act.Workload, out var milli) ? new MilliCpu(milli) : spec.Resources.Cpu;
            drawn.Add(act with { Spec = spec with { Priority = priorities[act.Workload], Resources = spec.Resources with { Cpu = cpu } } });
        }

        return drawn;
    }
}
