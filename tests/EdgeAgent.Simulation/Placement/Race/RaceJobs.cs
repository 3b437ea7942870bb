using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>A trace's nodes and jobs as agents and manifests say them.</summary>
internal static class RaceJobs
{
    public const string Kind = "gpu";
    private const string ModelFact = "device.gpu.model";
    private const int BytesShift = 20;
    private const int LostAfterSeconds = 60;

    public static Resources Capacity(TraceNode node) => new(new(node.MilliCpu), new(node.Mebibytes << BytesShift), new(1L << 40), 1_000_000)
    {
        Devices = DeviceShares.From(DeviceShares.WholeOnes(Kind, node.Devices)),
    };

    public static Dictionary<string, string> Facts(TraceNode node) => node.Devices == 0 ? [] : new() { [ModelFact] = node.Model };

    public static FactSet FactSet(TraceNode node)
    {
        var facts = new FactSet();
        foreach (var (name, text) in Facts(node))
        {
            if (FactName.TryParse(name, out var fact))
            {
                facts.Set(fact, FactValue.Read(text));
            }
        }

        return facts;
    }

    public static WorkloadSpec Spec(TraceJob job, PlacementPolicy policy) => SimOperator.Service(1, LostAfterSeconds) with
    {
        Policy = policy,
        Resources = new(new(job.MilliCpu), new(job.Mebibytes << BytesShift), default, 0),
        Devices = job.Devices == 0 ? [] : [new(Kind, job.IsShare ? job.MilliDevice : job.Devices * TraceJob.Whole)],
        Requires = job.Devices == 0 || job.AllowedModels.Count == 0 ? new Requirements()
            : new Requirements { Facts = [$"{ModelFact} in [{string.Join(", ", job.AllowedModels.Distinct().Select(m => $"\"{m}\""))}]"] },
    };
}
