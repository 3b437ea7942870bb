using System.Runtime.CompilerServices;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Small.State;

/// <summary>Texts that tell immutable values apart.</summary>
internal static class Texts
{
    private static readonly ConditionalWeakTable<WorkloadSpec, string> Specs = [];
    private static int _specs;

    public static string Of(object value) => value switch
    {
        Claim e => $"{new ClaimWord(e)} {e.Mode} {e.Lease} {e.StopTimeout} {e.Unit} {e.Devices}",
        Presence e => $"{new PresenceWord(e)} {e.RestartingUntil}",
        Intent e => $"{e.Workload} {e.Incarnation} {e.Digest}",
        CoreSettings e => $"{e.Node} {e.Instance}",
        // A scenario's are never copied.
        WorkloadSpec e => Specs.GetValue(e, _ => $"spec {_specs++}"),
        _ => value.ToString()!,
    };
}
