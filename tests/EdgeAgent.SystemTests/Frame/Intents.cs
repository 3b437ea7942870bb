using EdgeAgent.Core.Workloads;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Intents made here, without edgectl: well-signed ones and others.</summary>
internal static class Intents
{
    public static WorkloadName Name(string name) => WorkloadName.TryParse(name, out var parsed) ? parsed : throw new ArgumentException($"{name} is no workload's name");

    public static Intent Draft(string name, int replicas, Stamps stamps) => new()
    {
        Workload = Name(name),
        Incarnation = new Incarnation(UInt128.One),
        Generation = 1,
        Digest = default,
        Signed = default,
        Spec = new WorkloadSpec { Run = new ExecRun(stamps.Command), Replicas = replicas },
    };
}
