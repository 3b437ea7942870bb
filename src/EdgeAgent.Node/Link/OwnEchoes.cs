using EdgeAgent.Core;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Node.Link;

/// <summary>
/// The copies of own bids and announced changes, on which races and permits are decided. The copy that comes live says that the broker took the word, not that it is on its way to everybody: a
/// broker of several threads puts one client's word into its readers' queues while it takes another's, and of two nodes each may have its own copy first (traces.md, 2). So the word's topic is
/// subscribed to behind it, which no broker looks at before the word is in all queues, and the copy that counts is the one which that brings (docs/adr/0036).
/// </summary>
internal sealed class OwnEchoes
{
    private readonly Dictionary<SlotId, Claim> _said = [];

    /// <summary>Whether others decide by when this word came to them.</summary>
    public static bool AreOf(Claim claim) => claim.Phase is ClaimPhase.Bid or ClaimPhase.Updating && !Mutation.EchoCountsAtOnce;

    public void Said(Claim claim) => _said[claim.Slot] = claim;

    /// <summary>True: this copy doesn't count, and another comes: of the word itself, or what was kept before it and was read when it had been said already.</summary>
    public bool Holds(ClaimHeard copy) => _said.TryGetValue(copy.Claim.Slot, out var said) && (copy.Retained ? IsBefore(said, copy.Claim) : IsOf(said, copy.Claim));

    /// <summary>True: it is the one that counts.</summary>
    public bool Takes(ClaimHeard copy) => copy.Retained && _said.TryGetValue(copy.Claim.Slot, out var said) && IsOf(said, copy.Claim) && _said.Remove(copy.Claim.Slot);

    public void Clear() => _said.Clear();

    private static bool IsBefore(Claim said, Claim copy) => said.Instance == copy.Instance && copy.Order.CompareTo(said.Order) < 0;

    private static bool IsOf(Claim said, Claim copy) => said.Order == copy.Order && said.Instance == copy.Instance;
}
