using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Work;

/// <summary>Work waits here until what it comes in is on the device.</summary>
internal sealed class ArtifactDesk(IArtifacts artifacts, IRuntime runtime)
{
    private readonly Dictionary<SlotId, (long Id, RuntimeStart Start)> _waiting = [];
    private long _lastId;

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
        _waiting[start.Spec.Tag.Slot] = (++_lastId, start);
        artifacts.Submit(new FetchArtifact(start.Spec.Tag.Slot, artifact, _lastId));
    }

    /// <summary>It isn't to be started any more. What it uses is its own until it is gone.</summary>
    public void Stop(SlotId slot) => _waiting.Remove(slot);

    /// <summary>Nothing of the slot is left, unless it is already being started again.</summary>
    public void Gone(SlotId slot)
    {
        if (!_waiting.ContainsKey(slot))
        {
            artifacts.Submit(new ReleaseArtifact(slot));
        }
    }

    public void Listed(IReadOnlyList<UnitReport> left) => artifacts.Submit(new KeepArtifacts([.. left.Select(u => u.Tag.Slot)]));

    /// <summary>One that is about an earlier request isn't.</summary>
    public bool IsAwaited(ArtifactAnswer answer) => _waiting.TryGetValue(answer.Request.Slot, out var waiting) && waiting.Id == answer.Request.Id;

    /// <summary>Whose launch an answer that is awaited is about.</summary>
    public UnitTag Take(ArtifactAnswer answer)
    {
        var start = _waiting[answer.Request.Slot].Start;
        if (answer is not ArtifactComes)
        {
            _waiting.Remove(answer.Request.Slot);
        }

        if (answer is ArtifactReady)
        {
            runtime.Submit(start);
        }

        return start.Spec.Tag;
    }
}
