using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Checking;

/// <summary>
/// Since when a node has heard all that the others say, and they it: its connection was read to its end, and nothing has gone wrong on its way since. What was said meanwhile excuses
/// nobody: a run full of faults elsewhere is as good as a calm one for two nodes that nothing keeps apart.
/// </summary>
internal sealed class Calm(SimWorld world)
{
    private static readonly FaultKind[] Unsettling =
    [
        FaultKind.DelaySpike, FaultKind.LiveDropped, FaultKind.Duplicates, FaultKind.Reordered, FaultKind.OutcomeUnknown, FaultKind.PublishRefused, FaultKind.RetainedLost, FaultKind.RetainedLate,
        FaultKind.RetainedStale, FaultKind.QueueOverflow, FaultKind.EchoLost, FaultKind.WillOfLiving, FaultKind.CutBothWays, FaultKind.CutOut, FaultKind.CutIn, FaultKind.DiskCloned, FaultKind.Paused, FaultKind.Suspended,

        // What it would answer waits for the disk.
        FaultKind.DiskSlow, FaultKind.DiskFull, FaultKind.DiskErrors,
    ];

    private readonly Dictionary<SimNode, TimeSpan> _since = [];
    private readonly Dictionary<SimNode, int> _unsettled = [];
    private readonly Dictionary<(SlotId Slot, SimNode Node), (Claim Claim, TimeSpan Since)> _said = [];
    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation), Epoch> _highest = [];
    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation, NodeId Node), (Epoch Epoch, bool IsDone)> _held = [];

    /// <summary>A fault begins at a node, or ends there: what was lost by it is heard again in the next connection.</summary>
    public void Told(SimNode node, FaultKind kind, bool begins)
    {
        if (Unsettling.Contains(kind))
        {
            _unsettled[node] = _unsettled.GetValueOrDefault(node) + (begins ? 1 : -1);
            _since.Remove(node);
        }
    }

    /// <summary>Another agent begins there.</summary>
    public void Loaded(SimNode node) => _since.Remove(node);

    public void Stepped(SimNode node, CoreEvent happened)
    {
        switch (happened)
        {
            case LinkRead when _unsettled.GetValueOrDefault(node) == 0:
                _since[node] = world.Clock.Now;
                break;
            case LinkLost:
                _since.Remove(node);
                break;
        }
    }

    /// <summary>What a node says of a slot, as the broker takes it.</summary>
    public void Taken(SimNode from, Claim claim)
    {
        var known = _said.GetValueOrDefault((claim.Slot, from));
        var isSame = known.Claim is { } before && before.Incarnation == claim.Incarnation && before.Epoch == claim.Epoch && IsRunning(before) == IsRunning(claim);
        if (known.Claim is { IsLeaving: true })
        {
            _offeredUntil[(claim.Slot, from)] = world.Clock.Now;
        }

        if (claim.Phase is ClaimPhase.Running or ClaimPhase.Updating or ClaimPhase.Succeeded)
        {
            var run = (claim.Slot, claim.Incarnation, claim.Node);
            _ran[run] = Epoch.Max(_ran.GetValueOrDefault(run), claim.Epoch);
        }

        _said[(claim.Slot, from)] = (claim, isSame ? known.Since : world.Clock.Now);
        if (claim.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen))
        {
            if (claim.Phase == ClaimPhase.Held)
            {
                TakeUp(from, claim);
            }

            var key = (claim.Slot, claim.Incarnation);
            _highest[key] = Epoch.Max(_highest.GetValueOrDefault(key), claim.Epoch);
            var held = _held.GetValueOrDefault((claim.Slot, claim.Incarnation, claim.Node));
            _held[(claim.Slot, claim.Incarnation, claim.Node)] = (Epoch.Max(held.Epoch, claim.Epoch), held.IsDone || claim.Phase == ClaimPhase.Succeeded);
        }
    }

    private readonly Dictionary<(SlotId Slot, SimNode Node), TimeSpan> _offeredUntil = [];

    /// <summary>Who takes it up by a word that was taken back meanwhile has done nothing wrong.</summary>
    private static readonly TimeSpan OfferLasts = TimeSpan.FromSeconds(5);

    /// <summary>Its node has said of late that it is to be rid of it: another may begin it beside (docs/adr/0018).</summary>
    public bool IsOffered(SimNode node, SlotId slot) =>
        (_said.TryGetValue((slot, node), out var said) && said.Claim.IsLeaving) || (_offeredUntil.TryGetValue((slot, node), out var until) && world.Clock.Now - until < OfferLasts);

    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation, Epoch Epoch, SimNode Node), HashSet<SimNode>> _takenUp = [];

    /// <summary>
    /// It has come to hold the slot at that epoch while the other was to be rid of it, and the other goes on until it runs, however long it takes to: what it comes in may have to be fetched.
    /// </summary>
    public bool HasTakenUp(SimNode node, UnitTag tag, SimNode from) => _takenUp.GetValueOrDefault((tag.Slot, tag.Incarnation, tag.Epoch, node))?.Contains(from) == true;

    /// <summary>It has said that it holds the slot at that epoch.</summary>
    public bool HasHeld(SimNode node, UnitTag tag) => _takenUp.ContainsKey((tag.Slot, tag.Incarnation, tag.Epoch, node));

    /// <summary>At the first word alone: who offers it later has offered it to another.</summary>
    private void TakeUp(SimNode from, Claim claim)
    {
        var key = (claim.Slot, claim.Incarnation, claim.Epoch, from);
        if (!_takenUp.ContainsKey(key))
        {
            _takenUp[key] = [.. world.Nodes.Values.Where(n => n != from && IsOffered(n, claim.Slot))];
        }
    }

    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation, Core.Fleet.NodeId Node), Epoch> _ran = [];

    /// <summary>Another has said that it runs, or is done, at an epoch that can be greater than this: of two sides of a cut both may have given the same.</summary>
    public bool HasRunAbove(Claim claim) => _ran.Any(r => r.Key.Slot == claim.Slot && r.Key.Incarnation == claim.Incarnation && r.Key.Node != claim.Node && r.Value >= claim.Epoch);

    /// <summary>Another has said that its job is done, at whatever epoch.</summary>
    public bool IsDone(Claim claim) => _held.Any(h => h.Key.Slot == claim.Slot && h.Key.Incarnation == claim.Incarnation && h.Value.IsDone);

    public void Cleared(SimNode from, SlotId slot) => _said.Remove((slot, from));

    /// <summary>For so long the node has heard everything and has been heard; null: it doesn't just now.</summary>
    public TimeSpan? HeardFor(SimNode node) =>
        _since.TryGetValue(node, out var since) && node is { IsAlive: true, Session.IsAlive: true } && node.Broker == world.Broker && world.Broker.IsUp ? world.Clock.Now - since : null;

    /// <summary>For so long it has said that it runs the slot, and hasn't taken that back; null: it doesn't say so, or another has held it since.</summary>
    public TimeSpan? SaysRunningFor(SimNode node, SlotId slot, Incarnation incarnation) =>
        _said.TryGetValue((slot, node), out var said) && said.Claim.Incarnation == incarnation && IsRunning(said.Claim) && said.Claim.Epoch >= _highest[(slot, incarnation)] ? world.Clock.Now - said.Since : null;

    /// <summary>Another has said that it holds the slot at no lower epoch, or did, or has done its job: a bid says nothing of the kind.</summary>
    public bool HasGreater(Claim claim) => _held.Any(h => h.Key.Slot == claim.Slot && h.Key.Incarnation == claim.Incarnation && h.Key.Node != claim.Node && (h.Value.IsDone || h.Value.Epoch >= claim.Epoch));

    public bool IsHeldByAnother(SimNode node, SlotId slot) => _said.Any(s => s.Key.Slot == slot && s.Key.Node != node && IsRunning(s.Value.Claim));

    private static bool IsRunning(Claim claim) => claim.Phase is ClaimPhase.Running or ClaimPhase.Updating;
}
