using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>Connecting, intents and what others say.</summary>
public sealed partial class NodeCore
{
    private void Join(LinkRead link)
    {
        _session = link.Session;
        _isLinked = true;
        _members.BarrierPassed(_now);
        SayAll();
        foreach (var slot in KnownSlots())
        {
            _toLookAt.Add(slot);
        }
    }

    /// <summary>An undecided bid is void after a reconnect; what runs goes on.</summary>
    private void Leave()
    {
        _isLinked = false;
        _members.LinkLost();
        _wakes.Clear();
        foreach (var claims in _claims.Values)
        {
            claims.LinkLost();
        }

        foreach (var own in _own.Values)
        {
            if (own.Phase is OwnPhase.Bidding or OwnPhase.Waiting)
            {
                if (own.Phase == OwnPhase.Bidding)
                {
                    GiveBack(own.Slot);
                    own.Word = own.Word! with { Phase = ClaimPhase.Withdrawn, Order = NextOrder(), Reason = "the connection was lost before the bid was decided" };
                }

                own.Phase = OwnPhase.Idle;
            }
        }
    }

    /// <summary>The presence is the loop's to say first; the claims follow it.</summary>
    private void SayAll()
    {
        foreach (var own in _own.Values)
        {
            if (own.Word is { } word)
            {
                own.Word = word with { Order = NextOrder(), Instance = settings.Instance };
                _effects.Add(new SayClaim(own.Word, IsKept: false));
            }
        }
    }

    private void Take(IntentHeard e)
    {
        var known = _intents.GetValueOrDefault(e.Intent.Workload);
        if (!e.Intent.Supersedes(known?.Intent))
        {
            return;
        }

        var before = SlotsOf(known?.Intent).ToList();
        _intents[e.Intent.Workload] = new KnownIntent(e.Intent, IsLive: !e.Retained);
        _effects.Add(new KeepIntent(e.Intent));
        foreach (var slot in before.Concat(SlotsOf(e.Intent)).Concat(_own.Keys.Where(s => s.Workload == e.Intent.Workload)))
        {
            _toLookAt.Add(slot);
        }
    }

    private void Take(ClaimHeard e)
    {
        if (!e.Retained)
        {
            _members.HeardLive(e.Claim.Node);
        }

        if (Claims(e.Claim.Slot).Hear(e.Claim, e.Retained, _now))
        {
            _toLookAt.Add(e.Claim.Slot);
        }
    }

    private void LookAtSlotsOf(Fleet.NodeId node)
    {
        foreach (var (slot, claims) in _claims)
        {
            if (claims.Of(node) is not null)
            {
                _toLookAt.Add(slot);
            }
        }
    }

    private IEnumerable<SlotId> KnownSlots() => _intents.Values.SelectMany(k => SlotsOf(k.Intent)).Concat(_own.Keys).Distinct();

    private static IEnumerable<SlotId> SlotsOf(Intent? intent) => intent?.Spec is { } spec
        ? Enumerable.Range(0, spec.Mode == WorkloadMode.Everywhere ? 1 : spec.Replicas).Select(i => new SlotId(intent.Workload, i))
        : [];
}
