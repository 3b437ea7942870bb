using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Makes of some changes bad ones, from which the cell has to go back by itself. The rest of a schedule stays as it was drawn.</summary>
internal static class RolloutDrawer
{
    private const int WorkloadsPermille = 700;
    private const int BadPermille = 350;

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        var chosen = acts.Select(a => a.Workload).Distinct().Order(StringComparer.Ordinal).Where(_ => chance.Chance(WorkloadsPermille)).ToHashSet();
        var begun = new HashSet<string>();
        var bad = new Dictionary<string, WorkRun>();
        var drawn = new List<Act>();
        foreach (var act in acts)
        {
            var isFirst = begun.Add(act.Workload);
            if (act.Kind == ActKind.Delete)
            {
                begun.Remove(act.Workload);
                bad.Remove(act.Workload);
            }

            if (act.Spec is not { Mode: WorkloadMode.Replicated } spec || !chosen.Contains(act.Workload))
            {
                drawn.Add(act);
                continue;
            }

            if (act.Kind == ActKind.Apply)
            {
                bad.Remove(act.Workload);
                if (!isFirst && chance.Chance(BadPermille))
                {
                    bad[act.Workload] = new ExecRun([SimWork.Bad, $"{chance.Below(1000)}"]);
                }
            }

            drawn.Add(act with { Spec = spec with { AutoRollback = true, Run = bad.GetValueOrDefault(act.Workload) ?? spec.Run } });
        }

        return drawn;
    }
}
