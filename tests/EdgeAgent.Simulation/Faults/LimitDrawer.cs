using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Lets some changes be of limits: some of those that leave the work as it is give it more or less. The rest of a schedule stays as it was drawn.</summary>
internal static class LimitDrawer
{
    private const int ChangesPermille = 600;

    private static readonly IReadOnlyList<int> Cpus = [50, 100, 300, 700, 1200];

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        var latest = new Dictionary<string, MilliCpu>();
        var drawn = new List<Act>();
        foreach (var act in acts)
        {
            if (act.Spec is not { } spec)
            {
                latest.Remove(act.Workload);
                drawn.Add(act);
                continue;
            }

            if (act.Kind == ActKind.Adjust && chance.Chance(ChangesPermille))
            {
                latest[act.Workload] = new(chance.Pick(Cpus));
            }

            drawn.Add(latest.TryGetValue(act.Workload, out var cpu) ? act with { Spec = spec with { Resources = spec.Resources with { Cpu = cpu } } } : act);
        }

        return drawn;
    }
}
