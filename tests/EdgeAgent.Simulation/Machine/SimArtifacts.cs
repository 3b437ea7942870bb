using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Archives that come when a test says so.</summary>
public sealed class SimArtifacts(SimNode node) : IArtifacts
{
    public string Lack => "";

    /// <summary>Who waits for what.</summary>
    public SortedDictionary<SlotId, Artifact> Waiting { get; } = [];

    /// <summary>Who uses what.</summary>
    public SortedDictionary<SlotId, Artifact> Used { get; } = [];

    public string PathOf(Artifact artifact) => $"/artifacts/{artifact.Sha256}";

    public void Submit(ArtifactRequest request)
    {
        switch (request)
        {
            case FetchArtifact e:
                (Used[e.Slot], Waiting[e.Slot]) = (e.Artifact, e.Artifact);
                break;
            case ReleaseArtifact e:
                Used.Remove(e.Slot);
                Waiting.Remove(e.Slot);
                break;
        }
    }

    public void Comes(SlotId slot, string detail) => node.Post(new ArtifactComes(slot, Waiting[slot], detail));

    public void Ready(SlotId slot)
    {
        node.Post(new ArtifactReady(slot, Waiting[slot], "a tar"));
        Waiting.Remove(slot);
    }

    public void Refuse(SlotId slot, string reason)
    {
        node.Post(new ArtifactRefused(slot, Waiting[slot], reason));
        Waiting.Remove(slot);
    }
}
