using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Lets some workloads share no node with others, or with themselves; some say so only later, and some say it no more. The rest of a schedule stays as it was drawn.</summary>
internal static class ApartDrawer
{
    private const int NamingPermille = 500;
    private const int ItselfPermille = 250;
    private const int ChangesPermille = 200;

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        List<string> names = [.. acts.Where(a => a.Spec is not null).Select(a => a.Workload).Distinct().Order(StringComparer.Ordinal)];
        var named = names.ToDictionary(n => n, n => Some(n, names, chance));
        var drawn = new List<Act>();
        foreach (var act in acts)
        {
            if (act is { Kind: ActKind.Adjust, Spec: not null } && chance.Chance(ChangesPermille))
            {
                named[act.Workload] = Some(act.Workload, names, chance);
            }

            drawn.Add(act.Spec is { } spec ? act with { Spec = spec with { Apart = named[act.Workload] } } : act);
        }

        return drawn;
    }

    private static List<WorkloadName> Some(string workload, List<string> names, SimRandom chance) => !chance.Chance(NamingPermille) ? []
        : [WorkloadName.Parse(chance.Chance(ItselfPermille) ? workload : chance.Pick([.. names.Where(n => n != workload)]))];
}
