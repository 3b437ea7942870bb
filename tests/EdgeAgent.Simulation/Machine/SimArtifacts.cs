using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>Archives that come when a test says so, or in a while.</summary>
public sealed class SimArtifacts(SimNode node, SimWorld world) : IArtifacts
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    /// <summary>On the device's disk: they outlive agent and boot.</summary>
    private readonly HashSet<string> _here = [];

    private readonly HashSet<string> _wereRefused = [];

    /// <summary>Each comes in as many steps as its address says, and where that says so is refused the first time.</summary>
    public bool ComeBySelf { get; set; }

    /// <summary>None is refused later: what waits before it is tried again would not be over when the cell is to be quiet.</summary>
    public TimeSpan RefusesUntil { get; set; }

    /// <summary>The address of one that comes in so many steps.</summary>
    public static string UrlOf(int steps, bool isRefusedFirst) => $"https://sim.example/{steps}/{(isRefusedFirst ? "refused" : "sound")}";

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
                if (ComeBySelf)
                {
                    Play(e, 0);
                }

                break;
            case ReleaseArtifact e:
                Used.Remove(e.Slot);
                Waiting.Remove(e.Slot);
                break;
        }
    }

    /// <summary>The agent is gone, and what fetches ends with it.</summary>
    internal void Detach() => Waiting.Clear();

    private void Play(FetchArtifact request, int step) => world.At(step == 0 ? TimeSpan.FromMilliseconds(1) : Step, () =>
    {
        if (!ReferenceEquals(Waiting.GetValueOrDefault(request.Slot), request))
        {
            return;
        }

        var parts = new Uri(request.Artifact.Url).AbsolutePath.Split('/');
        if (step < int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) && !_here.Contains(request.Artifact.Sha256))
        {
            node.Count("artifact comes on");
            Comes(request.Slot, $"fetching: step {step}");
            Play(request, step + 1);
        }
        else if (parts[2] == "refused" && world.Clock.Now < RefusesUntil && _wereRefused.Add(request.Artifact.Sha256))
        {
            node.Count("artifact refused");
            Refuse(request.Slot, "does not come");
        }
        else
        {
            _here.Add(request.Artifact.Sha256);
            Ready(request.Slot);
        }
    });

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
