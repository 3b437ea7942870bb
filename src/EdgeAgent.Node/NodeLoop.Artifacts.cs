using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node;

/// <summary>What comes of the archives that work comes in.</summary>
public sealed partial class NodeLoop
{
    private void Take(ArtifactAnswer answer)
    {
        if (!_work.IsAwaited(answer))
        {
            // It comes too late: the slot has gone on.
            return;
        }

        if (_work.Take(answer) is { } happened)
        {
            _toCore.Enqueue(happened);
        }

        switch (answer)
        {
            case ArtifactReady { Detail.Length: > 0 } e:
                _counters.Add("artifacts.fetched");
                _teller.Tell(Severity.Info, "ArtifactFetched", e.Request.Slot.ToString(), "Fetched", $"{e.Request.Artifact.Url}: {e.Detail}", isEvent: true);
                break;
            case ArtifactRefused e:
                _counters.Add("artifacts.refused");
                _teller.Tell(Severity.Warning, "ArtifactRefused", e.Request.Slot.ToString(), "Refused", $"{e.Request.Artifact.Url}: {e.Reason}", isEvent: true);
                break;
            case ArtifactComes e:
                _teller.Tell(Severity.Info, "ArtifactComes", e.Request.Slot.ToString(), "", $"{e.Request.Artifact.Url}: {e.Detail}");
                break;
        }
    }
}
