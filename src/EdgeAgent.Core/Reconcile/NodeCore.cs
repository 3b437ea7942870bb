using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// The rules of one node: the same state and event give the same effects. It owns its state and changes it in place; the loop calls
/// <see cref="Step"/> with one event at a time. Time is the loop's monotonic clock.
/// </summary>
public sealed partial class NodeCore(CoreSettings settings)
{
    private readonly Fleet.Membership _members = new(settings.Node, settings.Window, settings.CandidatesMin);
    private readonly SortedDictionary<WorkloadName, KnownIntent> _intents = [];
    private readonly ClaimTable _claims = new(settings.Node);
    private readonly SortedDictionary<SlotId, OwnSlot> _own = [];
    private readonly OwnParts _parts = new();
    private readonly SortedSet<SlotId> _toLookAt = [];
    private readonly Dictionary<SlotId, TimeSpan> _wakes = [];
    private List<Effect> _effects = [];
    private TimeSpan? _firstWake;
    private TimeSpan _now;
    private TimeSpan? _askAt;
    private TimeSpan? _answerAt;
    private uint _askers;
    private TimeSpan _raceWindow = settings.RaceWindow;
    private TimeSpan _echo;
    private long _session;
    private long _rev;
    private bool _isOpen;
    private bool _isConnected;

    public Fleet.Membership Members => _members;

    /// <summary>When a <see cref="Woken"/> is due; null when only an event can change anything.</summary>
    public TimeSpan? NextWake { get; private set; }

    public IEnumerable<Intent> Intents => _intents.Values.Select(k => k.Intent);

    /// <summary>The latest own words.</summary>
    public IEnumerable<Claim> OwnWords => _own.Values.Select(o => o.Word).OfType<Claim>();

    /// <summary>The others whose words on slots are known here.</summary>
    public IEnumerable<Fleet.NodeId> Speakers => _claims.Nodes.Where(n => n != settings.Node);

    /// <summary>The greatest <c>rev</c> that any own word has had.</summary>
    public long LastRev => _rev;

    public Resources Free { get; private set; } = settings.Capacity;

    /// <summary>Whether its process could serve until it was last told to end.</summary>
    public bool IsReady(SlotId slot) => _own.TryGetValue(slot, out var own) && own.IsReady;

    public Intent? IntentOf(WorkloadName workload) => _intents.GetValueOrDefault(workload)?.Intent;

    /// <summary>The slots of this workload in which the node has a part, and what it is doing about them.</summary>
    public OwnPhase PhaseOf(SlotId slot) => _own.TryGetValue(slot, out var own) ? own.Phase : OwnPhase.Idle;

    /// <summary>
    /// Whether a claim that holds stands under this node's name and nothing of it runs here: another that lives under the same name may
    /// be running it.
    /// </summary>
    public bool HasUnprovenClaims =>
        _own.Values.Any(o => o.IsStartDue) || _claims.Slots.Any(c => c.Of(settings.Node) is { IsStarted: true } && _own.GetValueOrDefault(c.Slot) is not { HasProcess: true });

    /// <summary>Before the first step: what was kept. Words go on above <paramref name="rev"/>.</summary>
    public void Restore(IEnumerable<Intent> intents, IEnumerable<Claim> words, long rev)
    {
        _rev = rev;
        foreach (var intent in intents)
        {
            Know(new KnownIntent(intent) { IsLive = false });
        }

        List<Claim> kept = [.. words.Where(_ => !Mutation.EpochNotPersisted)];

        // Before anything is reserved for work: what was rejected is not what is wanted.
        kept.ForEach(TakeRejection);
        foreach (var word in kept)
        {
            var own = Own(word.Slot);
            own.Bucket = Bucket.Of(word.Slot, settings.Node, IntentOf(word.Slot.Workload) is { } intent && IsEverywhere(intent));
            // Whether it runs is the runtime's to say, and the machine may have been started anew.
            (own.Word, own.IsKept) = (word with { Pid = 0, Room = null, Phase = word.Phase == ClaimPhase.Running ? ClaimPhase.Held : word.Phase }, true);
            own.ReadyPid = word.Phase == ClaimPhase.Running ? word.Pid : 0;
            own.IsOffered = word is { IsStarted: true, IsLeaving: true };
            if (word is { IsStarted: true, IsExclusive: true })
            {
                _leased.Add(word.Slot);
            }

            if (word.IsStarted)
            {
                own.Enter(OwnPhase.Holding, _parts);
                own.IsStartDue = true;

                // Of one that waited for its room nothing ran as long as one of its victims held its own.
                own.Victims = word.IsMakingRoom ? SlotSet.From(word.Displaces.Slots.Where(v => kept.Exists(k => k.Slot == v && k.IsStarted))) : SlotSet.None;
                own.Word = own.Word with { IsMakingRoom = !own.Victims.IsNone };
                own.Has = own.Victims.IsNone ? RoomOf(word) : null;
                Reserve(word.Slot, own.Has ?? default);
            }
            else if (word.Phase == ClaimPhase.Bid)
            {
                own.Word = word with { Phase = ClaimPhase.Withdrawn, Reason = "the agent ended before the bid was decided" };
            }
        }
    }

    /// <summary>What a process that may be there has, which is not always what is wanted by now; earlier disks don't say it.</summary>
    private Resources RoomOf(Claim word)
    {
        var spec = IntentOf(word.Slot.Workload)?.Spec;
        var room = word.Room ?? spec?.Resources ?? default;
        return spec is null || !word.Devices.IsNone ? room with { Devices = word.Devices } : room with { Devices = Ask(spec, default).Devices };
    }

    /// <summary>One event; what follows from it is added to <paramref name="effects"/>.</summary>
    public void Step(CoreEvent happened, TimeSpan now, List<Effect> effects)
    {
        (_now, _effects) = (now, effects);
        Begin();
        LapseWhenDue();
        Take(happened);
        CallWhereSilent();
        do
        {
            while (_toLookAt.Count > 0)
            {
                var slot = _toLookAt.Min;
                _toLookAt.Remove(slot);
                Look(slot);
            }
        }
        while (TakeTurn());

        RenewWhenDue();
        NextWake = Earlier(Earlier(Earlier(_askAt, _answerAt), Earlier(_renewAt, Earlier(_copyAt, _lease.Until))), Earlier(Earlier(_silenceAt, Earlier(_wishAt, _leftoverAt)), FirstWake()));
    }

    /// <summary>Sought only when the one that was the first is no more: most events change nothing about a slot.</summary>
    private TimeSpan? FirstWake()
    {
        if (_firstWake is null)
        {
            foreach (var wake in _wakes.Values)
            {
                _firstWake = Earlier(_firstWake, wake);
            }
        }

        return _firstWake;
    }

    private void ForgetWake(SlotId slot)
    {
        if (_wakes.Remove(slot, out var at) && at == _firstWake)
        {
            _firstWake = null;
        }
    }

    private void Take(CoreEvent happened)
    {
        switch (happened)
        {
            case LinkFound:
                _isConnected = true;
                RenewByConnecting();
                break;
            case LinkOpened e:
                Open(e);
                break;
            case LinkRead e:
                Read(e);
                break;
            case EchoMeasured e:
                Measure(e.Echo);
                break;
            case LinkLost:
                Leave();
                break;
            case PresenceHeard e:
                Take(e);
                break;
            case IntentHeard e:
                Take(e.Intent, isLive: !e.Retained, isFromStore: true);
                break;
            case CopyHeard e:
                Take(e.Intent, isLive: false, isFromStore: false);
                break;
            case OwnCopyFound e:
                Take(e);
                break;
            case PresencesRead e:
                Take(e);
                break;
            case ClaimsRead e:
                Take(e);
                break;
            case SlotsRead e:
                Take(e);
                break;
            case CalledFor e:
                Take(e);
                break;
            case ClaimHeard e:
                Take(e);
                break;
            case ClaimCleared e:
                Take(e);
                break;
            case OnlineStored e:
                Take(e);
                break;
            case LeaseRenewed e:
                Take(e);
                break;
            case FenceStands e:
                Take(e);
                break;
            case FenceFound e:
                Take(e);
                break;
            case NameShared e:
                Take(e);
                break;
            case SlotRead e:
                Take(e);
                break;
            case VoteAsked e:
                Take(e);
                break;
            case GrantHeard e:
                Take(e);
                break;
            case AskedBy e:
                (_answerAt, _askers) = (_answerAt ?? _now + AnswerDelay, _askers | Bucket.Mask(Bucket.Of(e.Asker)));
                break;
            case AskedAbout e:
                Take(e);
                break;
            case WishedFor e:
                Take(e);
                break;
            case WorkFound e:
                Found(e);
                break;
            case WorkListed:
                Listed();
                break;
            case WorkComesOn e:
                ComesOn(e);
                break;
            case WorkStarted e:
                Started(e);
                break;
            case WorkEnded e:
                Ended(e);
                break;
            case WorkChecked e:
                Checked(e);
                break;
            case WorkLimited e:
                Limited(e);
                break;
            case WorkGone e:
                Gone(e);
                break;
            case TombstonesAged e:
                Take(e);
                break;
            case TombstonesFull:
                ForgetOldest();
                break;
            case StoreFailing e:
                Take(e);
                break;
            case SettingsChanged e:
                Take(e);
                break;
            case DutyChanged e:
                Take(e);
                break;
            case MemoryShort e:
                Take(e);
                break;
            case NodeRetired e:
                Take(e);
                break;
            case Woken:
                DoWhatIsDue();
                break;
        }
    }

    private void LookAgainAt(SlotId slot, TimeSpan? at)
    {
        if (at is { } time && (!_wakes.TryGetValue(slot, out var known) || time < known))
        {
            if (known == _firstWake)
            {
                _firstWake = null;
            }

            _wakes[slot] = time;
            _firstWake = _firstWake is { } first && time < first ? time : _firstWake;
        }
    }

    private OwnSlot Own(SlotId slot)
    {
        if (!_own.TryGetValue(slot, out var own))
        {
            _own[slot] = own = new OwnSlot(slot);
            _parts.Add(slot);
        }

        return own;
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class KnownIntent(Intent intent)
    {
        /// <summary>As it is to be followed.</summary>
        public Intent Intent { get; private set; } = intent;

        /// <summary>It came live in this connection, so no claim on it can have been forgotten.</summary>
        public bool IsLive { get; set; }

        /// <summary>The broker's store has shown it, or a greater one, in this connection.</summary>
        public bool IsStored { get; set; }

        /// <summary>Some node keeps a copy of it there, as far as was heard in this connection.</summary>
        public bool IsCopied { get; set; }

        /// <summary>In this connection the broker's store has shown an older one: to whom forgets this one, it would be what is wanted.</summary>
        public bool HasOlder { get; set; }

        /// <summary>Its work was rejected: what it would go back to is wanted.</summary>
        public void RollBack() => Intent = Intent.WithoutItsWork();
    }
}
