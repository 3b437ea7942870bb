using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>
/// The whole of a small world as a row of numbers, each of them a state of one part. A step changes a part or two, and what a part
/// does is worked out once: the real rules are asked as often as a node is in a new state, not as often as the world is.
/// </summary>
internal sealed partial class World
{
    private const int PartsOfNode = 3;
    private const int BitsOfCount = 3;

    /// <summary>Ticks after which what goes on for ever counts as come to rest.</summary>
    private const int RestMin = 100;
    private const int CountMax = (1 << BitsOfCount) - 1;

    private readonly Scenario _scenario;
    private readonly NodeId[] _ids;
    private readonly Interned<SmallNode> _nodes = new();
    private readonly Interned<SmallBroker> _brokers = new();
    private readonly Interned<Upward> _upward = new();
    private readonly Interned<Downward> _downward = new();
    private readonly Interned<EpochBook> _books = new();
    private readonly Queues _queues = new();
    private readonly List<NodeFacts> _facts = [];
    private readonly List<Intent> _script;
    private readonly int _delay;
    private readonly int _detection;
    private readonly int _lost;
    private readonly int _ended;

    public World(Scenario scenario)
    {
        _scenario = scenario;
        _ids = [.. Enumerable.Range(1, scenario.Nodes).Select(i => NodeId.Parse($"n{i}"))];
        _script = [.. scenario.Before, .. scenario.Script];
        _delay = Clock.Ticks(scenario.Timing.Delay);
        _detection = Clock.Ticks(scenario.Timing.Detection);
        _lost = _downward.Add(new Lost());
        _ended = _upward.Add(new Ended());
    }

    public int Width => (_ids.Length * PartsOfNode) + 3;

    /// <summary>How many states its parts were in: nodes, queues, brokers.</summary>
    public (int Nodes, int Queues, int Brokers) Parts => (_nodes.Count, _queues.Count, _brokers.Count);

    private int Broker => _ids.Length * PartsOfNode;

    private int Book => Broker + 1;

    private int Counts => Broker + 2;

    private static int Node(int i) => i * PartsOfNode;

    private static int Up(int i) => Node(i) + 1;

    private static int Down(int i) => Node(i) + 2;

    /// <summary>Everybody begins; unless the scenario begins cold, everything that follows has come to rest.</summary>
    public int[] First()
    {
        var state = new int[Width];
        state[Broker] = _brokers.Add(new SmallBroker());
        state[Book] = _books.Add(new EpochBook());
        for (var i = 0; i < _ids.Length; i++)
        {
            var (node, turn) = (new SmallNode(new NodeSetup(_ids[i], Room(), _scenario.Timing)), new Turn());
            node.Start(turn);
            state[Node(i)] = Add(node);
            (state[Up(i)], state[Down(i)]) = (_queues.Empty, _queues.Empty);
        }

        if (!_scenario.BeginsCold)
        {
            Rest(state);
        }

        for (var i = 0; i < _scenario.Before.Count; i++)
        {
            Apply(state, new WorldAction(ActionKind.Operator, 0));
            Rest(state);
        }

        foreach (var (fault, count) in _scenario.Faults)
        {
            state[Counts] += count << ShiftOf(fault);
        }

        return state;
    }

    private Resources Room() => new(new(_scenario.RoomPerNode * Works.Cpu), new(1L << 30), default, 0);

    /// <summary>The first thing that can happen happens, until nothing can.</summary>
    private void Rest(int[] state)
    {
        var actions = new List<WorldAction>();
        for (var passed = 0; ;)
        {
            actions.Clear();
            AddCourse(state, actions);
            actions.RemoveAll(a => a.Kind == ActionKind.Operator);
            if (actions.Count == 0 || (_scenario.IsRestless && passed > RestMin && actions[0].Kind == ActionKind.Time && JudgeRest(state) is null))
            {
                return;
            }

            passed += actions[0].Kind == ActionKind.Time ? actions[0].Argument : 0;
            if (Apply(state, actions[0]) is { } broken)
            {
                throw new InvalidOperationException($"{_scenario.Name}: {broken}, before anything was tried");
            }
        }
    }

    private static int ShiftOf(Fault fault) => ((int)fault + 1) * BitsOfCount;

    private int Cursor(ReadOnlySpan<int> state) => state[Counts] & CountMax;

    private int Left(ReadOnlySpan<int> state, Fault fault) => (state[Counts] >> ShiftOf(fault)) & CountMax;

    private int Add(SmallNode node)
    {
        var id = _nodes.Add(node);
        if (id == _facts.Count)
        {
            _facts.Add(new NodeFacts(node));
        }

        return id;
    }

    /// <summary>What is asked of a node's state again and again.</summary>
    private sealed class NodeFacts(SmallNode node)
    {
        public bool IsAlive { get; } = node.IsAlive;

        public bool IsCut { get; } = node.IsCut;

        public bool IsLinkDown { get; } = node.IsLinkDown;

        public bool CanConnect { get; } = node.CanConnect;

        public bool HasUnwritten { get; } = node.HasUnwritten;

        public bool HasOperations { get; } = node.HasOperations;

        /// <summary>Ticks until it has something to do by itself; null: never.</summary>
        public int? DueIn { get; } = In(node.DueAt);

        /// <summary>Ticks until its fence falls; null: none stands.</summary>
        public int? FenceFallsIn { get; } = In(node.FencedUntil);

        public int MustActIn { get; } = Ticks(node.MustActBy(canConnect: false));

        public int MustActOrConnectIn { get; } = Ticks(node.MustActBy(canConnect: true));

        public IReadOnlyList<SlotId> Running { get; } = [.. node.Running];

        private static int? In(TimeSpan? at) => at is { } time ? Math.Max(0, Clock.Ticks(time - Clock.Now)) : null;

        private static int Ticks(TimeSpan? by) => by is { } time ? Math.Max(0, Clock.Ticks(time - Clock.Now)) : int.MaxValue;
    }
}

/// <summary>Who has held which epoch of a slot: each belongs to one.</summary>
internal sealed class EpochBook
{
    private readonly SortedDictionary<SlotId, SortedDictionary<long, NodeId>> _holders = [];

    /// <summary>Null where nobody else has it; else who.</summary>
    public NodeId? Enter(SlotId slot, Epoch epoch, NodeId node)
    {
        if (!_holders.TryGetValue(slot, out var epochs))
        {
            _holders[slot] = epochs = [];
        }

        if (epochs.TryGetValue(epoch.Value, out var holder) && holder != node)
        {
            return holder;
        }

        epochs[epoch.Value] = node;
        return null;
    }
}
