using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Security;

namespace EdgeAgent.Simulation;

/// <summary>A device: its disk and its processes outlive the agent.</summary>
public sealed class SimNode(SimWorld world, string name, Resources capacity) : IBroker, ILogs, IInspector, IUnitActions, IPower, IControl, ILifecycle, ISupervisor, IObserver
{
    private readonly List<string> _log = [];
    private readonly List<RebootRequest> _power = [];
    private readonly Queue<NodeInput> _inbox = [];
    private NodeLoop? _loop;
    private bool _isTurnDue;
    private long _life;
    private TimeSpan _lastSent;
    private long _attempt;

    public string Name => name;

    public SimStore Store { get; private set; } = new();

    public SimRuntime Runtime { get; } = new(world);

    public bool IsAlive => _loop is not null;

    /// <summary>Why the agent ended, where it did by itself.</summary>
    public ExitReason? Exited { get; private set; }

    public IReadOnlyList<string> Log => _log;

    /// <summary>What was asked of its machine.</summary>
    public IReadOnlyList<RebootRequest> Power => _power;

    /// <summary>Its machine refuses the trial (true) or the restart itself (false).</summary>
    public bool? RefusesReboot { get; set; }

    /// <summary>Its machine takes a restart and never goes down.</summary>
    public bool IsStuck { get; set; }

    /// <summary>What its supervisor heard last.</summary>
    public AgentState State { get; private set; }

    /// <summary>Cuts the network: nothing goes out or comes in, and the broker finds out after a while.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The last answer given to a question of the local socket.</summary>
    public string LastAnswer { get; private set; } = "";

    public void Start(SimStore? disk = null, string? under = null)
    {
        Store = disk ?? Store;
        _life++;
        _inbox.Clear();
        (_isTurnDue, Exited) = (false, null);
        Store.Attach(this, world);
        Runtime.Attach(this);
        var options = new NodeOptions
        {
            Fleet = world.Topics.Fleet,
            Cell = world.Topics.Cell,
            Node = NodeId.Parse(under ?? name),
            Instance = world.NextSeed(),
            Version = "0",
            Capacity = capacity,
            Architecture = "amd64",
            ReconnectWindow = TimeSpan.FromSeconds(2),
        };
        _loop = new NodeLoop(options, new Envelope([world.Public]), new NodePorts(this, Store, Runtime, this, this, this, this, this, this, this, this), world.Clock, world.NextSeed());
        _loop.Begin();
        Schedule();
    }

    /// <summary>kill -9 of the agent: processes go on, what was not on disk is lost.</summary>
    public void Kill()
    {
        _loop = null;
        _life++;
        Store.Detach();
        Runtime.Detach();
        world.Broker.Drop(this);
    }

    /// <summary>The power went: the processes too.</summary>
    public void PowerOff()
    {
        Kill();
        Runtime.EndAll();
    }

    public void Cut()
    {
        IsCut = true;
        world.At(TimeSpan.FromSeconds(1.5), () =>
        {
            if (IsCut)
            {
                world.Broker.Drop(this);
            }
        });
    }

    /// <summary>What was sent meanwhile is lost with the connection.</summary>
    public void Heal()
    {
        if (IsCut)
        {
            IsCut = false;
            world.Broker.Drop(this);
        }
    }

    public void Stop(bool isRestart = false) => Post(new ShutdownRequested("SIGTERM", isRestart));

    public void Ask(string verb, string workload = "") => Post(new ControlQuestion(1, verb, new Dictionary<string, string> { ["workload"] = workload }));

    internal void Post(NodeInput input)
    {
        if (_loop is null || (IsCut && input is BrokerMessage or BrokerConnected or BrokerPublished or BrokerSubscribed))
        {
            return;
        }

        _inbox.Enqueue(input);
        if (!_isTurnDue)
        {
            _isTurnDue = true;
            var life = _life;
            world.At(TimeSpan.FromMicroseconds(50), () => Turn(life));
        }
    }

    void IBroker.Submit(BrokerRequest request)
    {
        // In order, as one TCP connection keeps it.
        var at = world.Clock.Now + world.Hop();
        _lastSent = at > _lastSent ? at : _lastSent;
        var (life, attempt) = (_life, Attempt(request));
        world.At(_lastSent - world.Clock.Now, () =>
        {
            if (life != _life)
            {
                return;
            }

            if (request is BrokerConnect connect)
            {
                if (IsCut)
                {
                    Post(new BrokerLost(attempt, "no route to host"));
                    return;
                }

                world.Broker.Connect(this, connect);
            }
            else if (!IsCut)
            {
                world.Broker.Take(this, request, attempt);
            }
        });
    }

    void ILogs.Submit(LogRequest request)
    {
    }

    void IInspector.Submit(InspectRequest request) => Post(new InspectAnswer(request.Id, "{}"u8.ToArray(), null));

    void IUnitActions.Submit(UnitAction action) => Post(new UnitActed(action.Id, null));

    /// <summary>As a machine: down a moment after it is asked, unless <see cref="RefusesReboot"/>, and up again when it is started.</summary>
    void IPower.Submit(RebootRequest request)
    {
        _power.Add(request);
        var error = RefusesReboot is { } step && step == request.IsTrial ? "not now" : null;
        Post(new RebootAnswer(request.IsTrial, error));
        if (error is null && !request.IsTrial && !IsStuck)
        {
            world.At(TimeSpan.FromSeconds(0.1), () => Post(new ShutdownRequested("SIGTERM", IsRestart: true)));
        }
    }

    void IControl.Answer(long id, ReadOnlyMemory<byte>? json, string? error) =>
        LastAnswer = json is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : $"error: {error}";

    void ILifecycle.Exit(ExitReason reason, string message)
    {
        (Exited, _loop) = (reason, null);

        // What a process has sent before it ends arrives.
        var life = _life;
        world.At(_lastSent > world.Clock.Now ? _lastSent - world.Clock.Now : TimeSpan.Zero, () =>
        {
            if (life == _life)
            {
                Kill();
            }
        });
    }

    void ISupervisor.Turned(in AgentState state) => State = state;

    void IObserver.Tell(Severity severity, string kind, string subject, string reason, string message) =>
        _log.Add($"{world.Clock.Now.TotalSeconds:0.0000} {name} {severity} {kind} {subject} {reason} {message}");

    private long Attempt(BrokerRequest request) => _attempt = request switch
    {
        BrokerConnect r => r.Attempt,
        BrokerDisconnect r => r.Attempt,
        BrokerSubscribe r => r.Attempt,
        BrokerUnsubscribe r => r.Attempt,
        BrokerPublish r => r.Attempt,
        _ => _attempt,
    };

    private void Turn(long life)
    {
        if (life != _life || _loop is null)
        {
            return;
        }

        _isTurnDue = false;
        while (_loop is not null && _inbox.TryDequeue(out var input))
        {
            _loop.Handle(input);
        }

        _loop?.EndTurn();
        Schedule();
    }

    private void Schedule()
    {
        if (_loop?.Deadline is { } deadline)
        {
            var life = _life;
            var wait = deadline - _loop.Now;
            world.At(wait > TimeSpan.Zero ? wait : TimeSpan.FromMicroseconds(10), () =>
            {
                if (life == _life && _loop?.Deadline <= _loop?.Now)
                {
                    Turn(life);
                }
            });
        }
    }
}
