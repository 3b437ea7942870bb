using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Answering;
using EdgeAgent.Node.Keeping;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using EdgeAgent.Node.Telling;
using EdgeAgent.Node.Work;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node;

/// <summary>
/// The one loop: inputs in, <see cref="NodeCore.Step"/>, effects out. It is called by one thread: <see cref="Begin"/> once, then
/// <see cref="Handle"/> for each input and <see cref="EndTurn"/> when there is none left, or <see cref="Deadline"/> has come.
/// Deterministic: the same inputs at the same times, and the same seed, give the same requests.
/// </summary>
public sealed partial class NodeLoop
{
    private NodeOptions _options;
    private readonly NodePorts _ports;
    private readonly TopicSpace _topics;
    private readonly Envelope _envelope;
    private readonly LoopClock _clock;
    private readonly NodeCore _core;
    private readonly Keeper _keeper;
    private readonly Outbox _outbox;
    private readonly Counters _counters = new();
    private readonly Teller _teller;
    private readonly Link.Link _link;
    private readonly StatusTeller _status;
    private readonly WorkDesk _work;
    private readonly CommandDesk _commands;
    private readonly MarksDesk _marks;
    private readonly Decisions _decisions;
    private readonly UnplacedWatch _unplaced;
    private readonly Denials _denials;
    private readonly Queue<CoreEvent> _toCore = [];
    private readonly List<Effect> _effects = [];
    private readonly HashSet<Core.Placement.SlotId> _toStop = [];
    private StoredState? _stored;
    private TimeSpan? _exitAt;
    private bool _isStopping;
    private long _revReserved;
    private long _revBatch;
    private string _storeFailure = "";

    /// <param name="options">Who this node is and what it has.</param>
    /// <param name="envelope">The operators' keys that are trusted.</param>
    /// <param name="ports">The outside.</param>
    /// <param name="time">Monotonic time and the wall clock.</param>
    /// <param name="seed">Of all chance in the loop.</param>
    /// <param name="topics">Those of <paramref name="options"/>, where many loops share them; null: made here.</param>
    public NodeLoop(NodeOptions options, Envelope envelope, NodePorts ports, TimeProvider time, ulong seed, TopicSpace? topics = null)
    {
        (_options, _envelope, _ports) = (options, envelope, ports);
        _topics = topics ?? new TopicSpace(options.Root, options.Fleet, options.Cell);
        _clock = new LoopClock(time);
        _core = new NodeCore(new CoreSettings
        {
            Node = options.Node,
            Instance = options.Instance,
            Window = options.ReconnectWindow,
            CandidatesMin = options.CandidatesMin,
            Capacity = options.Capacity,
            Architecture = options.Architecture,
            Labels = options.Labels,
            Taints = options.Taints,
            Features = NodeFeatures.Of(ports),
            FenceLack = ports.Runtime.FenceLack,
            Facts = Facts(options),
        });
        _keeper = new Keeper(ports.Store, _clock);
        _decisions = new Decisions(_clock);
        _outbox = new Outbox(ports.Broker, _keeper);
        _teller = new Teller(options, _topics, ports.Observer, _outbox, _counters, _clock);
        _link = new Link.Link(options, _topics, ports, _core, _outbox, _keeper, _teller, _clock, new SplitMix(seed), _toCore);
        _unplaced = new UnplacedWatch(options, _topics, _core, _link, _teller, _decisions, _clock);
        _marks = new MarksDesk(options);
        var conditions = new NodeConditions(envelope.HasTrustedKey, _keeper, () => _link.IsStoreSuspect, _marks);
        _status = new StatusTeller(options, _topics, _core, conditions, _counters, _outbox, _clock, ports, _marks);
        _work = new WorkDesk(options, ports.Runtime, ports.Artifacts);
        _denials = new Denials(_teller, _counters, _clock);
        _commands = new CommandDesk(options, _topics, _core, ports, _outbox, _link, _teller, _counters, _clock, DescribeNode, Explain, Mark, _work.Units, _denials);
    }

    /// <summary>
    /// When <see cref="EndTurn"/> is to be called though nothing came, on the clock of <see cref="Now"/>; null: only an input can change anything.
    /// </summary>
    public TimeSpan? Deadline
    {
        get
        {
            var first = _stored is null ? _link.Deadline : null;
            foreach (var other in (ReadOnlySpan<TimeSpan?>)[_core.NextWake, _keeper.RetryAt, _status.DueAt, _commands.Deadline, _unplaced.DueAt, _exitAt])
            {
                first = first is null || other < first ? other ?? first : first;
            }

            return first;
        }
    }

    /// <summary>The rules and what they know, to be read only.</summary>
    public NodeCore Rules => _core;

    /// <summary>Sees each step of the rules before its effects are carried out.</summary>
    public Action<CoreEvent, IReadOnlyList<Effect>>? Stepped { get; set; }

    /// <summary>The loop's clock, read anew.</summary>
    public TimeSpan Now
    {
        get
        {
            _clock.Read();
            return _clock.Now;
        }
    }

    /// <summary>Reads the store and asks the runtime what is there; the rest follows when it has answered.</summary>
    public void Begin()
    {
        _clock.Read();
        _stored = _ports.Store.Load();
        _revReserved = _stored.RevReserved;
        if (_stored.Mishap is { } mishap)
        {
            _teller.Tell(Severity.Error, "StoreMishap", _options.Node.Value, "Corrupt", mishap, isEvent: true);
        }

        if (!_envelope.HasTrustedKey)
        {
            _teller.Tell(Severity.Error, "NoTrustedKey", _options.Node.Value, "NoTrustedKey", "no operator's key is trusted, so nothing is applied: set OperatorKeys in agent.conf", isEvent: true);
        }

        var intents = StoredIntents(_stored).ToList();
        _core.Restore(intents, StoredWords(_stored), _stored.RevReserved);
        _core.Restore(StoredPromises(_stored));
        RestoreMarks(_stored);
        _ports.Runtime.Submit(new RuntimeList());

        // An agent may have ended before what it had heard was carried out.
        intents.ForEach(_work.Forget);
        EndTurn();
    }

    public void Handle(NodeInput input)
    {
        _clock.Read();
        switch (input)
        {
            case BrokerMessage e when _link.IsCurrent(e.Attempt):
                Take(e);
                break;
            case BrokerConnected e when _link.IsCurrent(e.Attempt):
                _link.Connected(e);
                break;
            case BrokerLost e when _link.IsCurrent(e.Attempt):
                _link.Lost(e);
                break;
            case BrokerSubscribed e when _link.IsCurrent(e.Attempt):
                _link.Subscribed(e);
                break;
            case BrokerPublished e when _link.IsCurrent(e.Attempt):
                Take(e);
                break;
            case StoreCommitted e:
                _keeper.Committed(e.Id);
                TellOfStore();
                break;
            case StoreFailed e:
                _keeper.Failed(e.Id, e.Reason);
                TellOfStore();
                _teller.Tell(Severity.Error, "StoreFailed", _options.Node.Value, e.Reason, $"{e.Reason}; tried again until it is on disk, and nothing that depends on it is said before", isEvent: true);
                break;
            case RuntimeInventory e:
                Take(e);
                break;
            case UnitStarted e:
                _toCore.Enqueue(_work.Started(e));
                break;
            case UnitEnded e:
                _toCore.Enqueue(_work.Ended(e.Report));
                break;
            case RuntimeFenced e:
                _toCore.Enqueue(new FenceStands(_clock.FromMachine(e.Until), e.Trouble));
                break;
            case UnitChecked e:
                _toCore.Enqueue(_work.Checked(e));
                break;
            case ArtifactAnswer e:
                Take(e);
                break;
            case UnitLimited e:
                _toCore.Enqueue(new WorkLimited(e.Slot, e.Generation, e.Trouble));
                break;
            case UnitGone e:
                _toStop.Remove(e.Slot);
                if (e.Trouble.Length > 0)
                {
                    _teller.Tell(Severity.Warning, "LeftBehind", e.Slot.ToString(), "Runtime", e.Trouble, isEvent: true);
                }

                _toCore.Enqueue(_work.Gone(e));
                break;
            case RuntimeTrouble e:
                _teller.Tell(Severity.Warning, "LeftBehind", e.Subject, "Runtime", e.Text, isEvent: true);
                break;
            case UnitLoosened e:
                _teller.Tell(Severity.Warning, "SandboxLoosened", e.Slot.ToString(), "Runtime", e.Text, isEvent: true);
                break;
            case UnitDenied e:
                _denials.Take(e);
                break;
            case LogChunk e:
                _commands.Take(e);
                break;
            case InspectAnswer e:
                _commands.Take(e);
                break;
            case UnitActed e:
                _commands.Take(e);
                break;
            case RebootAnswer e:
                _commands.Take(e);
                break;
            case ControlQuestion e:
                Answer(e);
                break;
            case ShutdownRequested e:
                Shutdown(e);
                break;
            case OptionsChanged e:
                Take(e);
                break;
            case MemoryPressed e:
                Take(e);
                break;
        }

        StepAll();
    }

    /// <summary>What has been wanted leaves: one batch to the store, then what may be published.</summary>
    public void EndTurn()
    {
        _clock.Read();
        if (_core.NextWake <= _clock.Now)
        {
            _toCore.Enqueue(new Woken());
        }

        do
        {
            StepAll();
            _link.EndTurn(_stored is null);
        }
        while (_toCore.Count > 0);
        _commands.EndTurn();
        _status.EndTurn(_link.State == LinkState.Ready);
        _unplaced.EndTurn();
        _teller.EndTurn(_link.IsOpen);
        ReserveRevs();
        _keeper.EndTurn();
        _outbox.EndTurn();
        ExitWhenDue();
        _ports.Supervisor.Turned(new AgentState(_stored is null, _isStopping, _link.State, _link.Description, _work.Running, Trouble()) { Changing = _work.Changes });
    }

    private string Trouble() => _keeper.Failure is { } failure ? $"the store can't be written: {failure}" : _envelope.HasTrustedKey ? "" : "no operator's key is trusted, so nothing is applied";

    private void Take(OptionsChanged e)
    {
        _marks.FileRead(e.Labels, e.Taints);
        _options = _options with { Capacity = e.Capacity };
        Obey();
    }

    private void StepAll()
    {
        while (_toCore.TryDequeue(out var happened))
        {
            BeforeStep(happened);
            _effects.Clear();
            _core.Step(happened, _clock.Now, _effects);
            _unplaced.Stepped();
            Stepped?.Invoke(happened, _effects);
            foreach (var effect in _effects)
            {
                Carry(effect);
            }
        }
    }

    private void TellOfStore()
    {
        var failure = _keeper.Failure ?? "";
        if (failure != _storeFailure)
        {
            _storeFailure = failure;
            _toCore.Enqueue(new StoreFailing(failure));
        }
    }

    private void BeforeStep(CoreEvent happened)
    {
        switch (happened)
        {
            case LinkLost:
                _status.LinkDown();
                _commands.LinkDown();
                _unplaced.LinkDown();
                break;
            case LinkRead:
                _status.LinkRead();
                _toCore.Enqueue(new TombstonesAged(_clock.Wall - NodeLimits.ForgetAfter));
                _teller.Note(Severity.Info, "Ready", _options.Node.Value, $"everything that the broker keeps has been read; {_core.Members.CountPresent()} nodes seem to be there");
                break;
        }
    }

    private void Take(RuntimeInventory inventory)
    {
        if (inventory.FencedUntil is { } until)
        {
            _toCore.Enqueue(new FenceFound(_clock.FromMachine(until)));
        }

        foreach (var happened in _work.Listed(inventory))
        {
            _toCore.Enqueue(happened);
        }

        if (_stored is { } stored)
        {
            _stored = null;
            _link.Begin(stored);
        }
    }

    private void Take(BrokerPublished e)
    {
        var (purpose, tag) = _outbox.Acknowledged(e.Id);
        if (e.Refusal is { } refusal)
        {
            _counters.Add("broker.refused");
            _teller.Tell(Severity.Warning, "PublishRefused", _options.Node.Value, refusal, $"the broker refused a message: {refusal}; its access rules must let this node write what ends in its name");
        }

        if (purpose == PublishPurpose.LogChunk)
        {
            _commands.Acknowledged(tag);
        }
        else if (purpose == PublishPurpose.Lease)
        {
            if (e.Refusal is null)
            {
                _toCore.Enqueue(new LeaseRenewed(TimeSpan.FromTicks(tag)));
            }
        }
        else if (purpose == PublishPurpose.Restarting)
        {
            _commands.RestartSaid();
        }
        else
        {
            _link.Acknowledged(purpose, tag);
        }
    }

    /// <summary>Own words are numbered within a block that is reserved on disk ahead of its use.</summary>
    private void ReserveRevs()
    {
        if (_core.LastRev + (NodeLimits.RevBlock / 4) > _revReserved)
        {
            _revReserved = _core.LastRev + NodeLimits.RevBlock;
            _revBatch = _keeper.Keep(new ReserveRevs(_revReserved));
        }
    }

    /// <summary>Facts that aren't named as docs/spec/expressions.md wants it are none.</summary>
    private static FactSet Facts(NodeOptions options)
    {
        var facts = new FactSet();
        foreach (var (name, text) in options.Facts)
        {
            if (FactName.TryParse(name, out var fact))
            {
                facts.Set(fact, FactValue.Read(text));
            }
        }

        return facts;
    }
}
