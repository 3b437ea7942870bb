namespace EdgeAgent.Simulation.Scale;

/// <summary>What agents say and what it becomes at their readers, from here on.</summary>
public sealed class Cost(ScaleCell cell)
{
    /// <summary>bid, held, running and one more (protocol.md, "Cost, as goals").</summary>
    public const double MessagesMost = 4;

    private readonly Dictionary<string, TrafficCount> _before = new(cell.Traffic.Kinds);

    public TrafficCount Read => cell.Traffic.Of(Traffic.Read) - _before.GetValueOrDefault(Traffic.Read);

    /// <param name="withOwn">Also messages to oneself, which end a reading.</param>
    public TrafficCount Said(bool withOwn)
    {
        var sum = default(TrafficCount);
        foreach (var (kind, count) in cell.Traffic.Kinds)
        {
            sum += kind == Traffic.Read || (kind == Traffic.Own && !withOwn) ? default : count - _before.GetValueOrDefault(kind);
        }

        return sum;
    }

    public double Published(int slots) => Said(withOwn: true).Published / (double)slots;

    public double Delivered(int slots) => (Said(withOwn: true).Delivered + Read.Delivered) / (double)slots;

    public double DeliveredMost(int replicas) => MessagesMost * (cell.Ring + replicas);

    public void Tell(Action<string, string, string> row, string what, int slots, int replicas)
    {
        var said = Said(withOwn: true);
        row($"{what}: messages published a slot ({Kinds(slots)})", $"{ScaleBench.Text(Published(slots))}, {ScaleBench.Text(said.PublishedBytes / (double)slots)} bytes", ScaleBench.Text(MessagesMost));
        row($"{what}: messages delivered a slot", $"{ScaleBench.Text(Delivered(slots))}, {ScaleBench.Text((said.DeliveredBytes + Read.DeliveredBytes) / (double)slots)} bytes", ScaleBench.Text(DeliveredMost(replicas)));
    }

    public string Kinds(int slots) => string.Join(", ", cell.Traffic.Kinds.Select(k => (k.Key, Count: k.Value - _before.GetValueOrDefault(k.Key))).Where(k => k.Count.Published > 0)
        .OrderByDescending(k => k.Count.Published).Select(k => $"{k.Key} {ScaleBench.Text(k.Count.Published / (double)slots)}"));
}
