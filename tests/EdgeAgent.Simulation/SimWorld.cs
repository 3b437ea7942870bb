using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation;

/// <summary>
/// A cell in virtual time: the real Core, Node and Protocol over a broker, stores and runtimes that are kept in memory. What happens is
/// decided by the order of (time, sequence) alone, so a seed is a trace.
/// </summary>
public sealed class SimWorld : IDisposable
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Sequence)> _due = new();
    private readonly Random _random;
    private long _sequence;

    public SimWorld(ulong seed)
    {
        Seed = seed;
        _random = new Random((int)seed);
        Key = OperatorKey.Create();
        Public = PublicKey.FromPem(Key.PublicPem());
        Broker = new SimBroker(this);
    }

    public ulong Seed { get; }

    public SimClock Clock { get; } = new();

    public OperatorKey Key { get; }

    public PublicKey Public { get; }

    public TopicSpace Topics { get; } = new(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));

    public SimBroker Broker { get; }

    public SortedDictionary<string, SimNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>The latency of the next hop: 0.2 to 0.6 ms.</summary>
    public TimeSpan Hop() => TimeSpan.FromMicroseconds(200 + _random.Next(400));

    public ulong NextSeed() => (ulong)_random.NextInt64();

    public SimNode Add(string name, Resources? capacity = null)
    {
        var node = new SimNode(this, name, capacity ?? new Resources(new(4000), new(4L << 30), new(10L << 30), 1000));
        Nodes.Add(name, node);
        return node;
    }

    public void At(TimeSpan delay, Action what) => _due.Enqueue(what, (Clock.Now + delay, _sequence++));

    public void Run(TimeSpan time)
    {
        var until = Clock.Now + time;
        while (_due.TryPeek(out var what, out var when) && when.At <= until)
        {
            _due.Dequeue();
            Clock.Now = when.At > Clock.Now ? when.At : Clock.Now;
            what();
        }

        Clock.Now = until;
    }

    /// <summary>Until it holds; false where it didn't within that time.</summary>
    public bool RunUntil(Func<bool> holds, TimeSpan atMost)
    {
        var until = Clock.Now + atMost;
        while (!holds())
        {
            if (Clock.Now >= until)
            {
                return false;
            }

            Run(TimeSpan.FromMilliseconds(1));
        }

        return true;
    }

    public void Dispose()
    {
        Key.Dispose();
        Public.Dispose();
    }
}
