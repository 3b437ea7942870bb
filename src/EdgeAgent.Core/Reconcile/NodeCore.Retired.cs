using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Nodes that an operator has taken out of the cell: what they said holds nothing any more, exclusive work not excepted, for the operator's word is that the machine is dead
/// (docs/adr/0019).
/// </summary>
public sealed partial class NodeCore
{
    private readonly SortedDictionary<NodeId, Retirement> _retired = [];

    private void Take(NodeRetired e)
    {
        var word = e.Word;
        if (word.Node == settings.Node || (_retired.TryGetValue(word.Node, out var known) && known.Serial >= word.Serial) || (known is null && _retired.Count >= Membership.PeersMax))
        {
            return;
        }

        _retired[word.Node] = word;
        var bits = _members.Cohorts.Bits;
        if (_members.Retire(word.Node, word.Session))
        {
            UpdateInterest(bits);
        }

        foreach (var slot in _claims.Of(word.Node).ToList())
        {
            _claims[slot].Replace(word.Node, claim => Retired(claim), isLive: !e.Retained, _now);
            _toLookAt.Add(slot);
            LookAtChanging(slot.Workload);
        }
    }

    /// <summary>What a retired node says it holds, it held.</summary>
    private Claim Retired(Claim claim) =>
        claim.IsHolding && _retired.TryGetValue(claim.Node, out var word) && claim.Order.Session <= word.Session
            ? claim with { Phase = claim.Phase == ClaimPhase.Bid ? ClaimPhase.Withdrawn : ClaimPhase.Released, Reason = "its node was taken out of the cell" }
            : claim;
}
