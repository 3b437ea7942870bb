using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>What the agent finds outside of itself.</summary>
public sealed partial class SimNode : IBroker, ILogs, IInspector, IUnitActions, IPower, IControl, ILifecycle, ISupervisor, IObserver
{
    private readonly List<string> _log = [];
    private readonly List<RebootRequest> _power = [];
    private TimeSpan _lastSent;
    private long _attempt;
    private int _inFlight;

    public IReadOnlyList<string> Log => _log;

    /// <summary>Only so many lines are kept of its log.</summary>
    public int LogLinesMax { get; set; } = int.MaxValue;

    /// <summary>What was asked of its machine.</summary>
    public IReadOnlyList<RebootRequest> Power => _power;

    /// <summary>Its machine refuses the trial (true) or the restart itself (false).</summary>
    public bool? RefusesReboot { get; set; }

    /// <summary>Its machine takes a restart and never goes down.</summary>
    public bool IsStuck { get; set; }

    /// <summary>What its supervisor heard last.</summary>
    public AgentState State { get; private set; }

    /// <summary>The last answer given to a question of the local socket.</summary>
    public string LastAnswer { get; private set; } = "";

    public void Cut()
    {
        IsCut = true;
        CutOff(isOut: true, isIn: true);
    }

    /// <summary>What was sent meanwhile is lost with the connection.</summary>
    public void Heal()
    {
        if (IsCut)
        {
            IsCut = false;
            Reconnect(isOut: true, isIn: true);
        }
    }

    /// <summary>Cuts one way or both.</summary>
    public void CutOff(bool isOut, bool isIn)
    {
        Link.OutCut += isOut ? 1 : 0;
        Link.InCut += isIn ? 1 : 0;
        FallSilent(() => Link.IsCut);
    }

    /// <summary>Ends such a cut.</summary>
    public void Reconnect(bool isOut, bool isIn)
    {
        Link.OutCut -= isOut ? 1 : 0;
        Link.InCut -= isIn ? 1 : 0;
        Broker.Drop(this);
    }

    void IBroker.Submit(BrokerRequest request)
    {
        if (request is BrokerPublish { Id: not 0 })
        {
            world.Watcher?.Submitted(this, ++_inFlight);
        }

        // In order, as one TCP connection keeps it.
        var at = world.Clock.Now + world.Hop() + (Link.Delay > TimeSpan.Zero ? world.Chance.Between(TimeSpan.Zero, Link.Delay) : TimeSpan.Zero);
        _lastSent = at > _lastSent ? at : _lastSent;
        var (life, attempt) = (_life, Attempt(request));
        world.At(_lastSent - world.Clock.Now, () => Arrive(request, life, attempt));
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
            if (life != _life)
            {
                return;
            }

            Kill();
            if (RestartsAfter is { } wait)
            {
                world.At(wait, StartIfWanted);
            }
        });
    }

    void ISupervisor.Turned(in AgentState state) => State = state;

    void IObserver.Tell(Severity severity, string kind, string subject, string reason, string message)
    {
        if (_log.Count < LogLinesMax)
        {
            _log.Add($"{world.Clock.Now.TotalSeconds:0.0000} {name} {severity} {kind} {subject} {reason} {message}");
        }

        if (world.Trace.Reader is not null)
        {
            world.Trace.Note(name, $"{severity} {kind} {subject} {reason}: {message}");
        }
    }

    private void Arrive(BrokerRequest request, long life, long attempt)
    {
        if (life != _life)
        {
            return;
        }

        if (request is BrokerConnect connect)
        {
            _inFlight = 0;
            if (Link.IsCut)
            {
                Post(new BrokerLost(attempt, "no route to host"));
                return;
            }

            Broker.Connect(this, connect);
        }
        else if (Link.OutCut == 0)
        {
            Broker.Take(this, request, attempt);
        }
    }

    private long Attempt(BrokerRequest request) => _attempt = request switch
    {
        BrokerConnect r => r.Attempt,
        BrokerDisconnect r => r.Attempt,
        BrokerSubscribe r => r.Attempt,
        BrokerUnsubscribe r => r.Attempt,
        BrokerPublish r => r.Attempt,
        _ => _attempt,
    };
}
