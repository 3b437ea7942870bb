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
    private readonly PriorityQueue<IDue, (long At, long Sequence)> _due = new();
    private long _sequence;

    public SimWorld(ulong seed)
    {
        Seed = seed;
        Chance = new SimRandom(seed);
        Trace = new SimTrace(Clock);
        Key = SimKey.Create();
        Public = PublicKey.FromPem(Key.PublicPem());
        Envelope = new RememberingEnvelope([Public]);
        Broker = new SimBroker(this);
    }

    public ulong Seed { get; }

    /// <summary>All chance of this world, but that of a fault, which has its own.</summary>
    public SimRandom Chance { get; }

    public SimClock Clock { get; } = new();

    public SimTrace Trace { get; }

    public OperatorKey Key { get; }

    public PublicKey Public { get; }

    /// <summary>What all nodes verify with.</summary>
    public Envelope Envelope { get; }

    public TopicSpace Topics { get; } = new RememberingTopics(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default"));

    public SimBroker Broker { get; }

    public SortedDictionary<string, SimNode> Nodes { get; } = new(StringComparer.Ordinal);

    public IWorldWatcher? Watcher { get; set; }

    /// <summary>How often each thing went wrong that no node is told of.</summary>
    public SortedDictionary<string, long> Tally { get; } = new(StringComparer.Ordinal);

    /// <summary>R of protocol.md.</summary>
    public TimeSpan ReconnectWindow { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many workloads each node follows.</summary>
    public int WorkloadsMax { get; set; } = Node.NodeLimits.WorkloadsMax;

    /// <summary>How many nodes and more look after a slot.</summary>
    public int CandidatesMin { get; set; } = Cohorts.NodesMin;

    /// <summary>After so long without a sign of life either side gives a connection up: one and a half keep-alives.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>A hop between a node and the broker takes this long at least, and at most so much more.</summary>
    public (TimeSpan Least, TimeSpan More) Latency { get; set; } = (TimeSpan.FromMicroseconds(200), TimeSpan.FromMicroseconds(400));

    /// <summary>The latency of the next hop.</summary>
    public TimeSpan Hop() => Latency.Least + (Latency.More > TimeSpan.Zero ? TimeSpan.FromTicks((long)(Chance.Next() % (ulong)Latency.More.Ticks)) : TimeSpan.Zero);

    public ulong NextSeed() => Chance.Next() >> 1;

    public SimNode Add(string name, Resources? capacity = null)
    {
        var node = new SimNode(this, name, capacity ?? new Resources(new(4000), new(4L << 30), new(10L << 30), 1000));
        Nodes.Add(name, node);
        return node;
    }

    public void At(TimeSpan delay, Action what) => At(delay, new DueAction(what));

    internal void At(TimeSpan delay, IDue what) => _due.Enqueue(what, ((Clock.Now + delay).Ticks, _sequence++));

    public void Run(TimeSpan time)
    {
        var until = Clock.Now + time;
        while (_due.TryPeek(out var what, out var when) && when.At <= until.Ticks)
        {
            _due.Dequeue();
            Clock.Now = when.At > Clock.Now.Ticks ? TimeSpan.FromTicks(when.At) : Clock.Now;
            what.Happen();
        }

        Clock.Now = until;
    }

    /// <summary>Until it holds; false where it didn't within that time.</summary>
    public bool RunUntil(Func<bool> holds, TimeSpan atMost, TimeSpan? step = null)
    {
        var until = Clock.Now + atMost;
        while (!holds())
        {
            if (Clock.Now >= until)
            {
                return false;
            }

            Run(step ?? TimeSpan.FromMilliseconds(1));
        }

        return true;
    }

    public void Dispose()
    {
        Key.Dispose();
        Public.Dispose();
    }

    private sealed class DueAction(Action what) : IDue
    {
        public void Happen() => what();
    }
}

/// <summary>What happens at its time.</summary>
internal interface IDue
{
    void Happen();
}
