using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What the rules need to know of their node.</summary>
public sealed record CoreSettings
{
    public required NodeId Node { get; init; }

    public required ulong Instance { get; init; }

    /// <summary>R of protocol.md.</summary>
    public required TimeSpan Window { get; init; }

    public required Resources Capacity { get; init; }

    public required string Architecture { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    public IReadOnlyList<string> Features { get; init; } = [];

    public IFactSource Facts { get; init; } = new FactSet();

    /// <summary>The window of a race: what a score of zero waits.</summary>
    public TimeSpan RaceWindow { get; init; } = TimeSpan.FromMilliseconds(40);

    public int OpenBidsMax { get; init; } = 16;
}

/// <summary>
/// The rules of one node: the same state and event give the same effects. It owns its state and changes it in place; the loop calls
/// <see cref="Step"/> with one event at a time. Time is the loop's monotonic clock.
/// </summary>
public sealed partial class NodeCore(CoreSettings settings)
{
    private readonly Fleet.Membership _members = new(settings.Node, settings.Window);
    private readonly Dictionary<WorkloadName, KnownIntent> _intents = [];
    private readonly Dictionary<SlotId, SlotClaims> _claims = [];
    private readonly SortedDictionary<SlotId, OwnSlot> _own = [];
    private readonly SortedSet<SlotId> _toLookAt = [];
    private readonly Dictionary<SlotId, TimeSpan> _wakes = [];
    private List<Effect> _effects = [];
    private TimeSpan _now;
    private long _session;
    private long _rev;
    private bool _isLinked;

    public Fleet.Membership Members => _members;

    /// <summary>When a <see cref="Woken"/> is due; null when only an event can change anything.</summary>
    public TimeSpan? NextWake { get; private set; }

    public IReadOnlyCollection<Intent> Intents => [.. _intents.Values.Select(k => k.Intent)];

    /// <summary>The latest own words.</summary>
    public IEnumerable<Claim> OwnWords => _own.Values.Select(o => o.Word).OfType<Claim>();

    public Resources Free { get; private set; } = settings.Capacity;

    /// <summary>Before the first step: what was kept. Words go on above <paramref name="order"/>.</summary>
    public void Restore(IEnumerable<Intent> intents, IEnumerable<Claim> words, WordOrder order)
    {
        (_session, _rev) = (order.Session, order.Rev);
        foreach (var intent in intents)
        {
            _intents[intent.Workload] = new KnownIntent(intent, IsLive: false);
        }

        foreach (var word in words)
        {
            var own = Own(word.Slot);
            own.Word = word;
            if (word.IsStarted)
            {
                own.Phase = OwnPhase.Holding;
                Reserve(word.Slot);
            }
        }
    }

    /// <summary>One event; what follows from it is added to <paramref name="effects"/>.</summary>
    public void Step(CoreEvent happened, TimeSpan now, List<Effect> effects)
    {
        (_now, _effects) = (now, effects);
        switch (happened)
        {
            case LinkRead e:
                Join(e);
                break;
            case LinkLost:
                Leave();
                break;
            case PresenceHeard e:
                _members.Hear(e.Presence, e.Retained, now);
                LookAtSlotsOf(e.Presence.Node);
                break;
            case IntentHeard e:
                Take(e);
                break;
            case ClaimHeard e:
                Take(e);
                break;
            case ClaimCleared e when _claims.TryGetValue(e.Slot, out var claims):
                claims.Forget(e.Node);
                _toLookAt.Add(e.Slot);
                break;
            case AskedBy:
                SayAll();
                break;
            case WorkStarted e:
                Started(e);
                break;
            case WorkEnded e:
                Ended(e);
                break;
            case WorkGone e:
                Gone(e);
                break;
            case Woken:
                LookAtWhatIsDue();
                break;
        }

        while (_toLookAt.Count > 0)
        {
            var slot = _toLookAt.Min;
            _toLookAt.Remove(slot);
            Look(slot);
        }

        NextWake = _wakes.Count == 0 ? null : _wakes.Values.Min();
    }

    private void LookAtWhatIsDue()
    {
        foreach (var (slot, at) in _wakes)
        {
            if (at <= _now)
            {
                _toLookAt.Add(slot);
            }
        }

        foreach (var slot in _toLookAt)
        {
            _wakes.Remove(slot);
        }
    }

    private void LookAgainAt(SlotId slot, TimeSpan? at)
    {
        if (at is { } time && (!_wakes.TryGetValue(slot, out var known) || time < known))
        {
            _wakes[slot] = time;
        }
    }

    private OwnSlot Own(SlotId slot)
    {
        if (!_own.TryGetValue(slot, out var own))
        {
            _own[slot] = own = new OwnSlot(slot);
        }

        return own;
    }

    private SlotClaims Claims(SlotId slot)
    {
        if (!_claims.TryGetValue(slot, out var claims))
        {
            _claims[slot] = claims = new SlotClaims(slot);
        }

        return claims;
    }

    private sealed record KnownIntent(Intent Intent, bool IsLive);
}
