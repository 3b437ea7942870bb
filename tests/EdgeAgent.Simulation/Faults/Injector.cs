using System.Collections.Frozen;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Makes faults happen: each kind begins with an act on the world, and ends with one that undoes it.</summary>
public sealed partial class Injector
{
    private readonly SimWorld _world;
    private readonly SimOperator _operator;
    private readonly IReadOnlyList<SimNode> _nodes;
    private readonly FrozenDictionary<FaultKind, Func<SimNode, Fault, Action>> _begins;
    private readonly List<Fault> _waiting = [];
    private readonly List<(Moment Until, Action End)> _ending = [];
    private int _brokerDowns;

    /// <summary>After so long without its moment a fault begins all the same.</summary>
    public static readonly TimeSpan WaitMost = TimeSpan.FromSeconds(15);

    public Injector(SimWorld world, SimOperator who, IReadOnlyList<SimNode> nodes)
    {
        (_world, _operator, _nodes) = (world, who, nodes);
        _begins = NetworkFaults.Concat(StrangerFaults).Concat(BrokerFaults).Concat(DiskFaults).Concat(WorkFaults).Concat(MachineFaults).ToFrozenDictionary();
    }

    /// <summary>How often each kind began.</summary>
    public Dictionary<FaultKind, long> Counts { get; } = [];

    /// <summary>How often a fault waited for a moment that came.</summary>
    public SortedDictionary<Moment, long> Met { get; } = [];

    /// <summary>How many are waited for, or have begun and not ended.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Told of each that begins (true) or ends.</summary>
    public Action<SimNode, FaultKind, bool>? Told { get; set; }

    public void Begin(Fault fault)
    {
        UnderWay++;
        if (fault.Upon == Moment.None)
        {
            Begin(fault, fault.Node);
            return;
        }

        _waiting.Add(fault);
        _world.At(WaitMost, () =>
        {
            if (_waiting.Remove(fault))
            {
                _world.At(fault.After, () => Begin(fault, fault.Node));
            }
        });
    }

    /// <summary>A node has come to a moment: what waited for it is about this one.</summary>
    public void Meet(SimNode node, Moment moment)
    {
        foreach (var (_, end) in _ending.FindAll(e => e.Until == moment))
        {
            _world.At(TimeSpan.Zero, end);
        }

        _ending.RemoveAll(e => e.Until == moment);
        if (!_waiting.Exists(f => f.Upon == moment))
        {
            return;
        }

        // A clone is about the one whose name it has.
        var index = Math.Max(0, _nodes.ToList().FindIndex(n => n.Id == node.Id));
        var due = _waiting.FindAll(f => f.Upon == moment);
        _waiting.RemoveAll(due.Contains);
        Met[moment] = Met.GetValueOrDefault(moment) + due.Count;
        foreach (var fault in due)
        {
            var (about, isOfNode) = (index + fault.Shift, moment is Moment.Began or Moment.JobBegan or Moment.Opened);
            if (fault.After > TimeSpan.Zero || isOfNode)
            {
                _world.At(fault.After, () => Begin(fault, about));
            }
            else
            {
                // The broker has taken the word, and nobody has heard it yet.
                Begin(fault, about);
            }
        }
    }

    private void Begin(Fault fault, int index)
    {
        var node = _nodes[index % _nodes.Count];
        Counts[fault.Kind] = Counts.GetValueOrDefault(fault.Kind) + 1;
        _world.Trace.Add(node.Name, $"FAULT {fault.Kind}");
        Told?.Invoke(node, fault.Kind, true);
        var end = _begins[fault.Kind](node, fault);
        var hasEnded = false;
        void End()
        {
            if (hasEnded)
            {
                return;
            }

            hasEnded = true;
            _world.Trace.Add(node.Name, $"END OF {fault.Kind}");
            UnderWay--;
            end();
            Told?.Invoke(node, fault.Kind, false);
        }

        _world.At(fault.Lasts, End);
        if (fault.Until != Moment.None)
        {
            _ending.Add((fault.Until, End));
        }
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
