using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>Who a node is, and what never changes of it.</summary>
internal sealed record NodeSetup(NodeId Node, Resources Capacity, Timing Timing) : IText;

/// <summary>
/// A device: the real <see cref="NodeCore"/>, and around it in few steps what Link, Keeper, Outbox and WorkDesk do. One call is one turn of the loop; what
/// it sends, starts and breaks is in the <see cref="Turn"/>. A copy is made before each turn, so that this is written as if there were one future.
/// </summary>
internal sealed partial class SmallNode(NodeSetup setup)
{
    private const long RevsPerLife = 1000;

    private NodeCore? _core;
    private Turn? _turn;
    private ulong _life;

    public NodeId Id => setup.Node;

    public bool IsAlive => _core is not null;

    /// <summary>No message gets through to the broker or back.</summary>
    public bool IsCut { get; set; }

    public bool IsReady => _link == LinkStep.Ready;

    public bool IsLinkDown => _link == LinkStep.Down;

    /// <summary>When it has something to do though nothing comes; null: never.</summary>
    public TimeSpan? DueAt => Earlier(_core?.NextWake, _doubtUntil);

    /// <summary>By when the first of what it is about to do has to be done: what the others' clocks can't run ahead of.</summary>
    public TimeSpan? MustActBy(bool canConnect)
    {
        var first = DueAt is { } due && due <= Clock.Now ? due + setup.Timing.Late : (TimeSpan?)null;
        first = _operations.Count > 0 ? Earlier(first, _operations[0].By) : first;
        first = _unwritten.Count > 0 ? Earlier(first, _unwritten[0].By) : first;
        first = Earlier(first, _fencedUntil is { } fence && fence <= Clock.Now ? fence + setup.Timing.Stop : null);
        return canConnect && CanConnect ? Earlier(first, _connectBy) : first;
    }

    /// <summary>The agent begins, on the disk and among the processes that are there.</summary>
    public void Start(Turn turn)
    {
        _turn = turn;
        _life++;
        _core = new NodeCore(new CoreSettings
        {
            Node = Id,
            Instance = Instance(_life),
            Window = setup.Timing.Window,
            Capacity = setup.Capacity,
            Architecture = "amd64",
        });
        _core.Restore(_keptIntents.Values, _keptClaims.Values, (long)_life * RevsPerLife);
        if (_fencedUntil is { } fenced)
        {
            Step(new FenceFound(fenced));
        }

        foreach (var process in _processes.Values.ToList())
        {
            Step(new WorkFound(process.Launch, process.Unit, process.IsAlive ? process.Pid : 0));
            if (!process.IsAlive)
            {
                Step(new WorkEnded(process.Launch, Succeeded: false, FenceFell));
            }
        }

        Step(new WorkListed());
        (_link, _connectBy) = (LinkStep.Down, Clock.Now + setup.Timing.Delay);
        (_isFirstConnection, _predecessor, _isBeyondDoubt, _sessionEchoed) = (true, null, false, 0);
        EndTurn();
    }

    /// <summary>kill -9 of the agent, or with <paramref name="isPowerLost"/> of all that runs there.</summary>
    public void Crash(bool isPowerLost)
    {
        _core = null;
        _unwritten.Clear();
        _operations.Clear();
        Disconnect();
        (_connectBy, _doubtUntil) = (null, null);
        if (isPowerLost)
        {
            _processes.Clear();
            _fencedUntil = null;
        }
    }

    /// <summary>The time has come that <see cref="DueAt"/> named.</summary>
    public void Wake(Turn turn)
    {
        _turn = turn;
        if (_doubtUntil <= Clock.Now)
        {
            _doubtUntil = null;
            Open();
        }

        if (_core!.NextWake <= Clock.Now)
        {
            Step(new Woken());
        }

        EndTurn();
    }

    /// <summary>A slot as its own rules see it.</summary>
    public SlotView? View(SlotId slot) => _core?.ExplainSlots(slot.Workload).FirstOrDefault(v => v.Slot == slot);

    /// <summary>The workloads that it knows.</summary>
    public IEnumerable<Intent> Intents => _core?.Intents ?? [];

    private void Step(CoreEvent happened)
    {
        var effects = new List<Effect>();
        _core!.Step(happened, Clock.Now, effects);
        foreach (var effect in effects)
        {
            Carry(effect);
        }

        if (_core.Free.Cpu.Value < 0 || _core.Free.Memory.Value < 0)
        {
            _turn!.Break($"{Id} has given away more than it has: {_core.Free.Cpu} cpu and {_core.Free.Memory} memory are left");
        }
    }

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case SayClaim e:
                Say(e);
                break;
            case ClearClaim e:
                Keep(new RemovedClaim(e.Slot));
                Publish(new ClearedClaim(e.Slot, Id), OpenBatchOf(e.Slot));
                break;
            case SayPresence:
                SayOwnPresence();
                break;
            case AskHolder e:
                Publish(new Question(e.Holder, Id));
                break;
            case WishFor e:
                Publish(new WishWord(e.Holder, Id, e.Slot, e.Epoch, e.Score));
                break;
            case AskAbout e:
                Publish(new QuestionAbout(e.Holder, Id, e.Slot, e.Instance));
                break;
            case KeepIntent e:
                Keep(new KeptIntent(e.Intent));
                break;
            case ForgetIntent e:
                Keep(new RemovedIntent(e.Workload));
                break;
            case SayCopy e:
                Publish(new CopyWord(e.Intent, Id));
                break;
            case ClearCopy e:
                Publish(new ClearedCopy(e.Workload, Id));
                break;
            case SuspectStore:
                ReadCopies(tellOthers: true);
                break;
            case FollowClaims e:
                _toFollow |= e.Buckets;
                break;
            case ReadSlots e:
                _toReadOnce.UnionWith(e.Slots);
                break;
            case ReadSlot e:
                ReadAnew(e);
                break;
            case RenewLease e when _link != LinkStep.Down:
                _renewals.Add(e.SentAt);
                Publish(new LeaseSaid(Id, e.Word with { Counter = e.Word.Counter % LeaseSaid.Round }));
                break;
            case RenewLease:
                break;
            case PutUpFence e:
                _operations.Add(new Operation(default, null, default, false, e.Until, Clock.Now + setup.Timing.Delay));
                break;
            case StartWork e:
                var launch = new Launch(e.Claim.Slot, e.Claim.Incarnation, e.Claim.Generation, e.Claim.Epoch);
                _operations.Add(new Operation(e.Claim.Slot, launch, e.Spec.Resources, e.Spec.IsExclusive, null, Clock.Now + setup.Timing.Delay));
                break;
            case StopWork e:
                _operations.Add(new Operation(e.Slot, null, default, false, null, Clock.Now + setup.Timing.Stop));
                break;
            case Tell:
                break;
            default:
                throw new NotSupportedException($"the small world doesn't know how to carry out {effect}");
        }
    }

    private ulong Instance(ulong life) => Core.StableHash.Of(Id.Value) << 8 | life;

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;
}
