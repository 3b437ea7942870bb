namespace EdgeAgent.Simulation;

/// <summary>What was said of one kind of topic: as the broker took it, and as often as it went on to a reader.</summary>
public readonly record struct TrafficCount(long Published, long PublishedBytes, long Delivered, long DeliveredBytes)
{
    public static TrafficCount operator +(TrafficCount a, TrafficCount b) =>
        new(a.Published + b.Published, a.PublishedBytes + b.PublishedBytes, a.Delivered + b.Delivered, a.DeliveredBytes + b.DeliveredBytes);

    public static TrafficCount operator -(TrafficCount a, TrafficCount b) =>
        new(a.Published - b.Published, a.PublishedBytes - b.PublishedBytes, a.Delivered - b.Delivered, a.DeliveredBytes - b.DeliveredBytes);
}

/// <summary>Counts by kinds of topics (<c>claim</c>, <c>presence</c>, …), the agents' words and no others; a message is its topic and its payload, without MQTT's own few bytes.</summary>
public sealed class Traffic
{
    /// <summary>What a subscription brought of what the broker keeps.</summary>
    public const string Read = "(read)";

    /// <summary>Messages to oneself, which end a reading.</summary>
    public const string Own = "self";

    /// <summary>The kind's place in a topic: behind the root's two levels, the fleet and the cell.</summary>
    private const int KindAt = 4;

    private readonly SortedDictionary<string, TrafficCount> _kinds = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TrafficCount> Kinds => _kinds;

    public TrafficCount Of(string kind) => _kinds.GetValueOrDefault(kind);

    internal void Add(string[] levels, int bytes, int readers)
    {
        // claim-17 and claim-3 are of one kind.
        var kind = KindOf(levels);
        var end = kind.IndexOf('-', StringComparison.Ordinal);
        kind = end < 0 ? kind : kind[..end];
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + new TrafficCount(1, bytes, readers, (long)bytes * readers);
    }

    internal static string KindOf(string[] levels) => levels.Length > KindAt ? levels[KindAt] : levels[0];

    internal void AddRead(int bytes) => _kinds[Read] = _kinds.GetValueOrDefault(Read) + new TrafficCount(0, 0, 1, bytes);
}
