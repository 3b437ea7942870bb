using EdgeAgent.Core;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>
/// Lets most programs come in an artifact: the same program in the same one, in steps that together may take longer than the work's progressDeadline. One that is refused the first time comes the next, where a start that
/// failed is no more than that: a job has used up an attempt, and a change on trial would be rejected. The rest of a schedule stays as it was drawn.
/// </summary>
internal static class ArtifactDrawer
{
    private const int Each = 4;
    private const int StepsMost = 13;
    private const int RefusedEach = 5;

    public static List<Act> Draw(IReadOnlyList<Act> acts) => [.. acts.Select(a => a.Spec is { Run: ExecRun run } spec ? a with { Spec = spec with { Run = Of(spec, run) } } : a)];

    private static ExecRun Of(WorkloadSpec spec, ExecRun run)
    {
        var hash = StableHash.Of(string.Join(' ', run.Command));
        var isRefused = hash / Each % RefusedEach == 0 && spec is { Mode: not WorkloadMode.Job, AutoRollback: false };
        return hash % Each == 0 ? run : run with { Artifact = new Artifact(SimArtifacts.UrlOf((int)(hash / (Each * RefusedEach) % StepsMost), isRefused), $"{hash:x16}{hash:x16}{hash:x16}{hash:x16}") };
    }
}
