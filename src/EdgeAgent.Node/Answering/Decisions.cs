using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Answering;

/// <summary>What this node decided about a slot, and why.</summary>
/// <param name="At">By the node's clock.</param>
/// <param name="Seen">The same on the loop's clock.</param>
/// <param name="Slot">Of which slot.</param>
/// <param name="What"><c>declined</c>: it is vacant and this node is kept from it; else the phase that it said of the slot: <c>bid</c>, <c>held</c>, <c>withdrawn</c> and so on.</param>
/// <param name="Text">Why, with the figures.</param>
internal sealed record Decision(DateTimeOffset At, TimeSpan Seen, SlotId Slot, string What, string Text);

/// <summary>The decisions of the past hour, the newest <see cref="NodeLimits.DecisionsMax"/> of them, in memory: a new agent begins with none, and its log has those before.</summary>
internal sealed class Decisions(LoopClock clock)
{
    private readonly Queue<Decision> _all = [];
    private readonly Dictionary<SlotId, (ClaimPhase Phase, long Epoch, string Reason)> _said = [];

    /// <summary>A word of its own on a slot. Said again, or with a new process alone, it is no decision.</summary>
    public void Take(SayClaim said, Func<SlotId, IReadOnlyList<ScorePart>> parts)
    {
        var claim = said.Claim;
        var key = (claim.Phase, claim.Epoch.Value, claim.Reason);
        if (claim.Phase == ClaimPhase.Seen || (_said.TryGetValue(claim.Slot, out var last) && last == key))
        {
            return;
        }

        _said[claim.Slot] = key;
        if (_said.Count > NodeLimits.DecisionsMax)
        {
            _said.Clear();
        }

        var epoch = $"epoch {claim.Epoch}";
        var text = claim.Phase == ClaimPhase.Bid ? $"{epoch}, {Why.ScoreText(claim.Score, parts(claim.Slot))}"
            : claim.Reason.Length > 0 ? $"{epoch}: {claim.Reason}"
            : epoch;
        Add(claim.Slot, claim.Phase.ToString().ToLowerInvariant(), text);
    }

    public void Add(SlotId slot, string what, string text)
    {
        _all.Enqueue(new(clock.Wall, clock.Now, slot, what, text));
        while (_all.Count > NodeLimits.DecisionsMax || (_all.TryPeek(out var oldest) && clock.Now - oldest.Seen > NodeLimits.DecisionsKept))
        {
            _all.Dequeue();
        }
    }

    /// <summary>Of one workload, the oldest first, not older than that.</summary>
    public IEnumerable<Decision> Of(WorkloadName workload, TimeSpan since) =>
        _all.Where(d => d.Slot.Workload == workload && clock.Now - d.Seen <= (since < NodeLimits.DecisionsKept ? since : NodeLimits.DecisionsKept));
}
