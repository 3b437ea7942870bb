using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Work;

/// <summary>Work waits here until what it comes in is on the device.</summary>
internal sealed class ArtifactDesk(IArtifacts artifacts, IRuntime runtime)
{
    private readonly Dictionary<SlotId, (Artifact Artifact, RuntimeStart Start)> _waiting = [];

    /// <summary>Where it is unpacked; null: the work comes in none.</summary>
    public string? PathOf(WorkRun run) => run is ExecRun { Artifact: { } artifact } ? artifacts.PathOf(artifact) : null;

    public void Start(RuntimeStart start)
    {
        if (start.Spec.Run is not ExecRun { Artifact: { } artifact })
        {
            runtime.Submit(start);
            return;
        }

        // One that is there is asked for too: from now on the slot uses it.
        _waiting[start.Spec.Tag.Slot] = (artifact, start);
        artifacts.Submit(new FetchArtifact(start.Spec.Tag.Slot, artifact));
    }

    /// <summary>It isn't to be started any more. What it uses is its own until it is gone.</summary>
    public void Stop(SlotId slot) => _waiting.Remove(slot);

    /// <summary>Nothing of the slot is left.</summary>
    public void Gone(SlotId slot) => artifacts.Submit(new ReleaseArtifact(slot));

    public void Listed(IReadOnlyList<UnitReport> left) => artifacts.Submit(new KeepArtifacts([.. left.Select(u => u.Tag.Slot)]));

    /// <summary>Whose launch an answer is about; null: it comes too late, and the slot has gone on.</summary>
    public UnitTag? Take(ArtifactAnswer answer)
    {
        if (!_waiting.TryGetValue(answer.Slot, out var waiting) || waiting.Artifact != answer.Artifact)
        {
            return null;
        }

        if (answer is not ArtifactComes)
        {
            _waiting.Remove(answer.Slot);
        }

        if (answer is ArtifactReady)
        {
            runtime.Submit(waiting.Start);
        }

        return waiting.Start.Spec.Tag;
    }
}
