using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Makes of a cell with room one in which some have to give way: priorities, and much more asked for than there is. The rest of a schedule stays as it was drawn.</summary>
internal static class PriorityDrawer
{
    private const int GreatPermille = 900;
    private const int OtherPriorityPermille = 300;

    /// <summary>Of those that may have more slots down, so many may not here: two of one workload that go at once are then one too many.</summary>
    private const int OneDownPermille = 700;

    private static readonly IReadOnlyList<int> Priorities = [-10, 0, 0, 10, 50, 100];
    private static readonly IReadOnlyList<int> GreatCpus = [900, 1400, 1900, 2600];

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        var priorities = new Dictionary<string, int>();
        var great = new Dictionary<string, int>();
        var one = new HashSet<string>();
        foreach (var name in acts.Where(a => a.Spec is not null).Select(a => a.Workload).Distinct().Order(StringComparer.Ordinal))
        {
            priorities[name] = chance.Pick(Priorities);
            if (chance.Chance(GreatPermille))
            {
                great[name] = chance.Pick(GreatCpus);
            }

            if (chance.Chance(OneDownPermille))
            {
                one.Add(name);
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
            var down = one.Contains(act.Workload) ? 1 : spec.MaxUnavailable;
            drawn.Add(act with { Spec = spec with { Priority = priorities[act.Workload], MaxUnavailable = down, Resources = spec.Resources with { Cpu = cpu } } });
        }

        return drawn;
    }
}
