using EdgeAgent.Core.Placement;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Simulation;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A simulated cell as the tests talk of it.</summary>
internal sealed class Cell : IDisposable
{
    public Cell(ulong seed, int nodes, Action<SimNode>? prepare = null)
    {
        World = new SimWorld(seed);
        Operator = new SimOperator(World);
        for (var i = 1; i <= nodes; i++)
        {
            var node = World.Add($"node-{i}");
            prepare?.Invoke(node);
            node.Start();
        }

        World.Run(TimeSpan.FromSeconds(5));
    }

    public SimWorld World { get; }

    public SimOperator Operator { get; }

    public SimNode this[string name] => World.Nodes[name];

    /// <summary>How many processes of a slot run, over all nodes.</summary>
    public SortedDictionary<SlotId, int> Running()
    {
        var counts = new SortedDictionary<SlotId, int>();
        foreach (var unit in World.Nodes.Values.SelectMany(n => n.Runtime.Alive))
        {
            counts[unit.Tag.Slot] = counts.GetValueOrDefault(unit.Tag.Slot) + 1;
        }

        return counts;
    }

    public int[] Spread() => [.. World.Nodes.Values.Select(n => n.Runtime.Alive.Count())];

    public int Starts() => World.Nodes.Values.Sum(n => n.Runtime.Starts.Count);

    /// <summary>Each of so many slots has one process.</summary>
    public bool RunsOnce(int slots) => Running() is var running && running.Count == slots && running.Values.All(n => n == 1);

    /// <summary>What the broker keeps of all nodes' claims.</summary>
    public IEnumerable<Claim> Words()
    {
        foreach (var (topic, payload) in World.Broker.Retained)
        {
            if (World.Topics.TryParse(topic, out var parsed) && parsed.Kind == TopicKind.Claim
                && !WordCodec.TryReadClaim(payload, new SlotId(parsed.Workload, parsed.Index), parsed.Node, out var claim).IsError)
            {
                yield return claim;
            }
        }
    }

    public string Log() => string.Join('\n', World.Nodes.Values.SelectMany(n => n.Log).TakeLast(60));

    public void Run(double seconds) => World.Run(TimeSpan.FromSeconds(seconds));

    public bool Within(double seconds, Func<bool> holds) => World.RunUntil(holds, TimeSpan.FromSeconds(seconds));

    public void Dispose() => World.Dispose();
}
