using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>A device: its disk, its clock and its processes outlive the agent.</summary>
public sealed partial class SimNode(SimWorld world, string name, Resources capacity)
{
    private readonly Queue<NodeInput> _inbox = [];
    private NodeLoop? _loop;
    private bool _isTurnDue;
    private int _pauses;
    private long _life;
    private TimeSpan? _wakesAt;
    private TurnOfLife? _turn;

    /// <summary>What comes meanwhile is handled in the same turn.</summary>
    private static readonly TimeSpan TurnAfter = TimeSpan.FromMicroseconds(50);

    public string Name => name;

    /// <summary>The name under which it lives in the cell; a cloned card has another's.</summary>
    public NodeId Id { get; private set; } = NodeId.Parse(name);

    public SimStore Store { get; private set; } = new();

    public SimRuntime Runtime { get; } = new(world);

    public SimArtifacts Artifacts => field ??= new(this, world);

    public MachineClock Clock { get; } = new(world.Clock);

    /// <summary>The agent's own time, in which its rules think.</summary>
    public TimeSpan LoopTime => _loop?.Now ?? TimeSpan.Zero;

    public LinkConditions Link { get; } = new();

    public Resources Capacity => capacity;

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; set; } = [];

    public IReadOnlyDictionary<string, string> Facts { get; set; } = new Dictionary<string, string>();

    /// <summary>The broker that its network leads to.</summary>
    public SimBroker Broker { get; set; } = world.Broker;

    public bool IsAlive => _loop is not null;

    /// <summary>The rules of its agent; null: there is none.</summary>
    public NodeCore? Rules => _loop?.Rules;

    /// <summary>Why the agent ended, where it did by itself.</summary>
    public ExitReason? Exited { get; private set; }

    /// <summary>How long after an agent that ended by itself the next one is started, as systemd does; null: never.</summary>
    public TimeSpan? RestartsAfter { get; set; }

    /// <summary>How many faults want that no agent runs here.</summary>
    public int HeldDown { get; set; }

    /// <summary>It is gone for good, and never comes back.</summary>
    public bool IsLost { get; set; }

    /// <summary>Cuts the network: nothing goes out or comes in, and the broker finds out after a while.</summary>
    public bool IsCut { get; private set; }

    internal SimSession? Session { get; set; }

    public void Start(SimStore? disk = null, string? under = null)
    {
        Store = disk ?? Store;
        Id = under is null ? Id : NodeId.Parse(under);
        _life++;
        _inbox.Clear();
        _turn = null;
        (_isTurnDue, Exited, _wakesAt, _inFlight, _pauses) = (false, null, null, 0, 0);
        Store.Attach(this, world);
        Runtime.Attach(this);
        var options = new NodeOptions
        {
            Fleet = world.Topics.Fleet,
            Cell = world.Topics.Cell,
            Node = Id,
            Instance = world.NextSeed(),
            Version = "0",
            Capacity = capacity,
            Architecture = "amd64",
            Labels = Labels,
            Taints = Taints,
            Facts = Facts,
            CandidatesMin = world.CandidatesMin,
            WorkloadsMax = world.WorkloadsMax,
            ReconnectWindow = world.ReconnectWindow,
        };
        _loop = new NodeLoop(options, world.Envelope, new NodePorts(this, Store, Runtime, Artifacts, this, this, this, this, this, this, this, this), Clock, world.NextSeed(), world.Topics);
        if (world.Watcher is { } watcher)
        {
            watcher.Loaded(this, Store.Load());
            _loop.Stepped = (happened, effects) => watcher.Stepped(this, happened, effects);
        }

        _loop.Begin();
        Schedule();
    }

    /// <summary>Where nothing wants it down.</summary>
    public void StartIfWanted()
    {
        if (!IsAlive && HeldDown == 0 && !Clock.IsStopped)
        {
            Start();
        }
    }

    /// <summary>kill -9 of the agent: processes go on, what was not on disk is lost.</summary>
    public void Kill()
    {
        _loop = null;
        _life++;
        Store.Detach(world.Chance);
        Runtime.Detach();
        Artifacts.Detach();
        Broker.Drop(this);
    }

    /// <summary>The power went: the processes too.</summary>
    public void PowerOff()
    {
        Kill();
        Runtime.EndAll();
    }

    public void Stop(bool isRestart = false) => Post(new ShutdownRequested("SIGTERM", isRestart));

    /// <summary>SIGHUP: what may change while the agent runs is read anew, and a label is another.</summary>
    public void Reconfigure() => Post(new OptionsChanged(capacity, new Dictionary<string, string>(Labels) { ["read"] = $"{world.Clock.Now.Ticks}" }, Taints));

    /// <summary>It is short of memory, and work is to go.</summary>
    public void Press() => Post(new MemoryPressed(PressureLevel.Full, IsToEvict: true, "3 % is left"));

    /// <summary>That is measured no more, and may come again.</summary>
    public void Ease() => Post(new MemoryPressed(PressureLevel.Full, IsToEvict: false, "20 % is left"));

    public void Relieve() => Post(new MemoryPressed(PressureLevel.None, IsToEvict: false, "60 % is left"));

    public void Ask(string verb, string workload = "") => Post(new ControlQuestion(1, verb, new Dictionary<string, string> { ["workload"] = workload }));

    /// <summary>Its connection is lost, and from now on it finds this broker.</summary>
    public void Find(SimBroker broker)
    {
        Broker.Drop(this);
        Broker = broker;
    }

    /// <summary>Puts another disk into it, for its next start.</summary>
    public void PutIn(SimStore disk) => Store = disk;

    /// <summary>The same hardware as another's.</summary>
    public void LooksLike(SimNode other) =>
        (Labels, Taints, RestartsAfter, LogLinesMax, Broker) = (other.Labels, other.Taints, other.RestartsAfter, other.LogLinesMax, other.Broker);

    /// <summary>SIGSTOP: the loop stands still, everything else goes on, and the broker hears nothing any more. What is given back lets it go on.</summary>
    public Action Pause()
    {
        var life = _life;
        _pauses++;
        FallSilent(() => life == _life && _pauses > 0);
        return () =>
        {
            if (life == _life && --_pauses == 0 && _loop is not null)
            {
                _isTurnDue = true;
                Turn(life);
            }
        };
    }

    /// <summary>The machine sleeps: its monotonic clock and all processes stand still. Exclusive work was ended before, as it conflicts with sleep.target. What is given back wakes it up.</summary>
    public Action Suspend()
    {
        if (Clock.IsStopped)
        {
            return () => { };
        }

        Runtime.Freeze();
        Clock.Stop();
        CutOff(isOut: true, isIn: true);
        var resume = Pause();
        return () =>
        {
            Clock.GoOn();
            Reconnect(isOut: true, isIn: true);
            Runtime.Thaw();
            resume();
            StartIfWanted();
        };
    }

    /// <summary>After one and a half keep-alives without a word the connection is given up.</summary>
    public void FallSilent(Func<bool> isStillSo)
    {
        var session = Session;
        world.At(world.KeepAlive + Link.WillDelay, () =>
        {
            if (session == Session && isStillSo())
            {
                Broker.Drop(this);
            }
        });
    }

    /// <summary>Counts what a fault has done here.</summary>
    internal void Count(string what) => world.Tally[what] = world.Tally.GetValueOrDefault(what) + 1;

    internal void Post(NodeInput input)
    {
        if (_loop is null || (Link.InCut > 0 && input is BrokerMessage or BrokerConnected or BrokerPublished or BrokerSubscribed))
        {
            return;
        }

        _inbox.Enqueue(input);
        if (!_isTurnDue)
        {
            _isTurnDue = true;
            world.At(TurnAfter, _turn ??= new TurnOfLife(this, _life));
        }
    }

    private void Turn(long life)
    {
        if (life != _life || _loop is null || _pauses > 0)
        {
            return;
        }

        _isTurnDue = false;
        while (_loop is not null && _inbox.TryDequeue(out var input))
        {
            Note(input);
            _loop.Handle(input);
        }

        _loop?.EndTurn();
        Schedule();
    }

    private void Note(NodeInput input)
    {
        switch (input)
        {
            case BrokerMessage e:
                world.Trace.Add(name, e.Topic, e.Payload.Span);
                break;
            case BrokerPublished:
                _inFlight--;
                world.Trace.Add(name, nameof(BrokerPublished));
                break;
            default:
                world.Trace.Add(name, input.GetType().Name);
                break;
        }
    }

    /// <summary>One wake-up at a time is on the world's list: an earlier one looks again.</summary>
    private void Schedule()
    {
        if (_loop?.Deadline is not { } deadline)
        {
            return;
        }

        var wait = Clock.InTruth(deadline - _loop.Now);
        var at = world.Clock.Now + (wait > TimeSpan.Zero ? wait : TimeSpan.FromMicroseconds(10));
        if (_wakesAt <= at)
        {
            return;
        }

        _wakesAt = at;
        var life = _life;
        world.At(at - world.Clock.Now, () => WakeUp(life, at));
    }

    private void WakeUp(long life, TimeSpan at)
    {
        if (life != _life || _wakesAt != at)
        {
            return;
        }

        _wakesAt = null;
        if (_loop?.Deadline <= _loop?.Now)
        {
            Turn(life);
        }
        else if (_pauses == 0)
        {
            Schedule();
        }
    }

    private sealed class TurnOfLife(SimNode node, long life) : IDue
    {
        public void Happen() => node.Turn(life);
    }
}
