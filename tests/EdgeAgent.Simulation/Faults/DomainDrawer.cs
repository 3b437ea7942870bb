using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Deals the slots of some workloads to the zones. The rest of a schedule stays as it was drawn.</summary>
internal static class DomainDrawer
{
    private const int WorkloadsPermille = 700;
    private const int HardPermille = 500;

    public static List<Act> Draw(IReadOnlyList<Act> acts, SimRandom chance)
    {
        var rules = acts.Select(a => a.Workload).Distinct().Order(StringComparer.Ordinal).Where(_ => chance.Chance(WorkloadsPermille))
            .ToDictionary(w => w, _ => new SpreadRule("zone", chance.Chance(HardPermille) ? ["a", "b"] : ["b", "a"]) { IsHard = chance.Chance(HardPermille) });
        return [.. acts.Select(a => a.Spec is { Mode: not WorkloadMode.Everywhere } spec && rules.TryGetValue(a.Workload, out var rule) ? a with { Spec = spec with { Spread = rule } } : a)];
    }
}
