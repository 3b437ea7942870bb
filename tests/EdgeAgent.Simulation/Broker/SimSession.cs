using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>One connection, as the broker has it.</summary>
internal sealed class SimSession(SimNode node, BrokerConnect request)
{
    private Dictionary<string, TimeSpan>? _late;

    public SimNode Node => node;

    public BrokerConnect Request => request;

    public bool IsAlive { get; set; } = true;

    public HashSet<string> Filters { get; } = new(StringComparer.Ordinal);

    /// <summary>When the last message arrives that keeps its place: what comes after it arrives no earlier.</summary>
    public TimeSpan LastAt { get; private set; }

    /// <summary>Until then the broker has not put into all queues what this client published last.</summary>
    public TimeSpan BusyUntil { get; set; }

    /// <summary>What it sent meanwhile.</summary>
    public Queue<BrokerRequest> Waiting { get; } = new();

    public bool IsBusy(TimeSpan now) => BusyUntil > now || Waiting.Count > 0;

    /// <summary>The search that has found this session already.</summary>
    public long FoundBy { get; set; }

    /// <summary>When something sent now arrives: in order, but for a topic that was let to fall behind, whose own order holds all the same.</summary>
    public TimeSpan Arrival(TimeSpan at, string? topic, TimeSpan behind)
    {
        at = at > LastAt ? at : LastAt;
        if (topic is not null && _late is not null && _late.TryGetValue(topic, out var late) && late > at)
        {
            at = late;
        }

        if (topic is not null && behind > TimeSpan.Zero)
        {
            (_late ??= new(StringComparer.Ordinal))[topic] = at += behind;
            return at;
        }

        LastAt = at;
        return at;
    }
}
