using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Link;

namespace EdgeAgent.Simulation.Scale;

/// <summary>A cell of a size, on a network like a building's, up and settled: what the measures of <see cref="ScaleBench"/> begin with.</summary>
public sealed class ScaleCell : IDisposable
{
    private static readonly TimeSpan Hop = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan HopMore = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan StartOfWork = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WindowLeast = TimeSpan.FromSeconds(10);
    private const int WindowsAtRest = 14;
    private static readonly TimeSpan RestMost = TimeSpan.FromHours(2);
    private static readonly TimeSpan UpMost = TimeSpan.FromHours(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BrokerIsDown = TimeSpan.FromMilliseconds(100);

    /// <summary>So many nodes are started at the same time.</summary>
    private const int StartedTogether = 20;

    /// <param name="nodes">How many.</param>
    /// <param name="seed">Of all chance.</param>
    /// <param name="add">Makes the node of a number; null: all alike.</param>
    public ScaleCell(int nodes, ulong seed, Func<SimWorld, int, SimNode>? add = null)
    {
        World = new SimWorld(seed) { Latency = (Hop, HopMore), KeepAlive = TimeSpan.FromSeconds(90), ReconnectWindow = WindowFor(nodes) };
        World.Broker.KeepsPublished = false;
        World.Watcher = Watch = new PlacementWatch(World);
        Operator = new SimOperator(World);
        for (var i = 0; i < nodes; i++)
        {
            var node = add is null ? World.Add($"node-{i}") : add(World, i);
            node.Runtime.StartLatency = StartOfWork;
            node.LogLinesMax = 0;
            Nodes.Add(node);
        }
    }

    public SimWorld World { get; }

    public SimOperator Operator { get; }

    public PlacementWatch Watch { get; }

    public List<SimNode> Nodes { get; } = [];

    public Traffic Traffic => World.Broker.Traffic;

    /// <summary>The nodes by which a slot is looked after, on average.</summary>
    public double Ring => Nodes.Count / Math.Pow(2, Nodes[0].Rules!.Members.Cohorts.Bits);

    /// <summary>R: ten seconds, or twice what the broker needs to show every presence to every node (protocol.md, "Interest").</summary>
    public static TimeSpan WindowFor(int nodes) =>
        TimeSpan.FromSeconds(Math.Max(WindowLeast.TotalSeconds, Math.Ceiling(2.0 * nodes * nodes / SimBroker.MosquittoPerSecond)));

    /// <summary>Starts all, not faster than the broker can show each to the others, and waits until every view is settled.</summary>
    public void BringUp()
    {
        for (var i = 0; i < Nodes.Count; i++)
        {
            Nodes[i].Start();
            if (i % StartedTogether == StartedTogether - 1)
            {
                World.Run(TimeSpan.FromSeconds(2.0 * StartedTogether * i / SimBroker.MosquittoPerSecond));
            }
        }

        Require(World.RunUntil(() => Nodes.TrueForAll(IsReady), UpMost, Look), "not every node came up");
        World.Run(World.ReconnectWindow + World.ReconnectWindow);
    }

    public static bool IsReady(SimNode node) => node is { IsAlive: true, State.Link: LinkState.Ready };

    /// <summary>Applies a workload and waits until all its slots run; says how long that took.</summary>
    public TimeSpan Place(string name, WorkloadSpec spec, TimeSpan atMost)
    {
        var (before, until) = (Watch.Running, spec.Replicas);
        Watch.Begin();
        Operator.Apply(name, spec);
        Require(World.RunUntil(() => Watch.Running - before >= until, atMost), $"{Watch.Running - before} of {until} slots of {name} run after {atMost.TotalSeconds:0} s");
        return Watch.Waits.Max();
    }

    /// <summary>Until nobody has wished for what runs elsewhere for as long as it takes to look and to wish (docs/adr/0029); says how many moved.</summary>
    public long ComeToRest()
    {
        var (began, starts) = (World.Clock.Now, Watch.Starts);
        for (var asked = -1L; asked != Traffic.Of("ask").Published && World.Clock.Now - began < RestMost;)
        {
            asked = Traffic.Of("ask").Published;
            World.Run(World.ReconnectWindow * WindowsAtRest);
        }

        return Watch.Starts - starts;
    }

    /// <summary>Killed, and started again with what it has on disk; says after how long every node had read everything; null: not within that time.</summary>
    public TimeSpan? RestartBroker(TimeSpan atMost)
    {
        var began = World.Clock.Now;
        World.Broker.Kill();
        World.Run(BrokerIsDown);
        World.Broker.Start();
        return World.RunUntil(() => Nodes.TrueForAll(IsReady), atMost, Look) ? World.Clock.Now - began : null;
    }

    public static WorkloadSpec Service(int replicas) => SimOperator.Service(replicas) with
    {
        Resources = new Resources(new(10), new(1 << 20), default, 0),
        LostAfter = TimeSpan.FromSeconds(10),
    };

    /// <summary>A bench that measures something else than it says is worse than none.</summary>
    public static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    public void Dispose() => World.Dispose();
}
