using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Archives that come when a test says so.</summary>
public sealed class SimArtifacts(SimNode node) : IArtifacts
{
    public string Lack => "";

    /// <summary>Who waits, and for what.</summary>
    public SortedDictionary<SlotId, FetchArtifact> Waiting { get; } = [];

    /// <summary>Who uses what.</summary>
    public SortedDictionary<SlotId, Artifact> Used { get; } = [];

    public string PathOf(Artifact artifact) => $"/artifacts/{artifact.Sha256}";

    public void Submit(ArtifactRequest request)
    {
        switch (request)
        {
            case FetchArtifact e:
                (Used[e.Slot], Waiting[e.Slot]) = (e.Artifact, e);
                break;
            case ReleaseArtifact e:
                Used.Remove(e.Slot);
                Waiting.Remove(e.Slot);
                break;
        }
    }

    public void Comes(SlotId slot, string detail) => node.Post(new ArtifactComes(Waiting[slot], detail));

    public void Ready(SlotId slot)
    {
        node.Post(new ArtifactReady(Waiting[slot], "a tar"));
        Waiting.Remove(slot);
    }

    public void Refuse(SlotId slot, string reason)
    {
        node.Post(new ArtifactRefused(Waiting[slot], reason));
        Waiting.Remove(slot);
    }
}
