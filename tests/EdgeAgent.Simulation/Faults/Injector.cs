using System.Collections.Frozen;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Makes faults happen: each kind begins with an act on the world, and ends with one that undoes it.</summary>
public sealed partial class Injector
{
    private readonly SimWorld _world;
    private readonly SimOperator _operator;
    private readonly IReadOnlyList<SimNode> _nodes;
    private readonly FrozenDictionary<FaultKind, Func<SimNode, Fault, Action>> _begins;
    private int _brokerDowns;

    public Injector(SimWorld world, SimOperator who, IReadOnlyList<SimNode> nodes)
    {
        (_world, _operator, _nodes) = (world, who, nodes);
        _begins = NetworkFaults.Concat(StrangerFaults).Concat(BrokerFaults).Concat(DiskFaults).Concat(WorkFaults).Concat(MachineFaults).ToFrozenDictionary();
    }

    /// <summary>How often each kind began.</summary>
    public Dictionary<FaultKind, long> Counts { get; } = [];

    /// <summary>How many have begun and not ended.</summary>
    public int UnderWay { get; private set; }

    public void Begin(Fault fault)
    {
        var node = _nodes[fault.Node % _nodes.Count];
        Counts[fault.Kind] = Counts.GetValueOrDefault(fault.Kind) + 1;
        UnderWay++;
        _world.Trace.Add(node.Name, $"FAULT {fault.Kind}");
        var end = _begins[fault.Kind](node, fault);
        _world.At(fault.Lasts, () =>
        {
            _world.Trace.Add(node.Name, $"END OF {fault.Kind}");
            UnderWay--;
            end();
        });
    }

    /// <summary>A number that a fault adds to, for as long as it lasts.</summary>
    private static Func<SimNode, Fault, Action> Raise(Action<LinkConditions, int> add, bool readsAnewAfter = false) => (node, fault) =>
    {
        add(node.Link, fault.Strength);
        return () =>
        {
            add(node.Link, -fault.Strength);
            if (readsAnewAfter)
            {
                // What was lost on the way is read again in the next connection, and in none before it: docs/spec/simulator.md.
                node.Broker.Drop(node);
            }
        };
    };

    private static readonly Action Nothing = () => { };
}
