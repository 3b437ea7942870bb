using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Simulation.Checking;

/// <summary>`succeeded` absorbs, at any epoch: who can know of it stops, and doesn't do the work a second time (traces.md, 20).</summary>
internal sealed class Jobs(SimWorld world, SimOperator who)
{
    /// <summary>For what is heard, decided and asked of the runtime.</summary>
    private static readonly TimeSpan Heard = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(SlotId Slot, Incarnation Incarnation), (long RunId, TimeSpan At, string Topic)> _done = [];

    public void Taken(SimNode from, string topic, Claim claim)
    {
        var key = (claim.Slot, claim.Incarnation);
        if (claim.Phase == ClaimPhase.Succeeded && from.Broker == world.Broker && (!_done.TryGetValue(key, out var known) || known.RunId < claim.RunId))
        {
            _done[key] = (claim.RunId, world.Clock.Now, topic);
        }
    }

    /// <summary>Scaled down, and so forgotten: scaled up again it is another completion.</summary>
    public void Cleared(SlotId slot)
    {
        foreach (var key in _done.Keys.Where(k => k.Slot == slot).ToList())
        {
            _done.Remove(key);
        }
    }

    /// <summary>A store that was set back has lost what was said since, and nobody has heard it in the connections that begin now: it is known when it is said again.</summary>
    public void StoreChanged()
    {
        foreach (var (key, done) in _done.ToList())
        {
            if (!world.Broker.Retained.TryGetValue(done.Topic, out var kept) || !world.Topics.TryParse(done.Topic, out var parsed)
                || WordCodec.TryReadClaim(kept, key.Slot, parsed.Node, out var claim).IsError || claim.Phase != ClaimPhase.Succeeded || claim.RunId < done.RunId)
            {
                _done.Remove(key);
            }
        }
    }

    /// <summary>The process may have become that of a later run, which changes its limits only; or a later one is wanted, and it only goes on until it may make room for that.</summary>
    private static long RunOf(SimNode node, SlotId slot, Incarnation incarnation) =>
        Math.Max(node.Rules?.OwnWords.FirstOrDefault(w => w.Slot == slot && w.Incarnation == incarnation)?.RunId ?? 0, node.Rules?.IntentOf(slot.Workload) is { } intent && intent.Incarnation == incarnation ? intent.RunId : 0);

    /// <summary>A job's work is done on a node that has heard all that is said for so long.</summary>
    public void RequireUndone(SimNode node, SlotId slot, TimeSpan heard)
    {
        if (node.Runtime.UnitOf(slot) is not { } unit || who.Issued(slot.Workload, unit.Tag.Incarnation, unit.Tag.Generation) is not { Spec: { Mode: WorkloadMode.Job } spec } intent
            || !_done.TryGetValue((slot, unit.Tag.Incarnation), out var done) || done.RunId < Math.Max(intent.RunId, RunOf(node, slot, unit.Tag.Incarnation)))
        {
            return;
        }

        var most = Heard + spec.Stop.Timeout;
        var isKnown = heard >= most && world.Clock.Now - done.At >= most && (world.Clock.Now - done.At <= heard || world.Broker.Retained.ContainsKey(done.Topic));
        Checker.Require(!isKnown, Rule.Done, $"{node.Name} has done {slot} (run {intent.RunId}, epoch {unit.Tag.Epoch}) again, {(world.Clock.Now - done.At).TotalSeconds:0.0} s after its success was said");
    }
}
