using EdgeAgent.Core;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Link;

/// <summary>
/// The copies of own bids and announced changes, on which races and permits are decided. The copy alone says that the broker took the word, not that it is on its way to everybody: a broker of
/// several threads puts one client's word into its readers' queues while it takes another's, and of two nodes each may have its own copy first (traces.md, 2). So a message to oneself is sent
/// behind the word, which no broker looks at before the word is in all queues, and the copy counts when that one is back (docs/adr/0036).
/// </summary>
internal sealed class OwnEchoes
{
    private readonly Dictionary<SlotId, ulong> _latest = [];
    private readonly Dictionary<ulong, Waiting> _open = [];

    /// <summary>Whether others decide by when this word came to them.</summary>
    public static bool AreAwaited(Claim claim) => claim.Phase is ClaimPhase.Bid or ClaimPhase.Updating && !Mutation.EchoCountsAtOnce;

    /// <summary>The word is said, and the message of this number behind it.</summary>
    public void Said(Claim claim, ulong number)
    {
        if (_latest.TryGetValue(claim.Slot, out var before))
        {
            _open.Remove(before);
        }

        (_latest[claim.Slot], _open[number]) = (number, new Waiting(claim));
    }

    /// <summary>True: the copy counts later. A kept one was read by a subscription, which no broker looks at before the word is in all queues either.</summary>
    public bool Holds(ClaimHeard copy)
    {
        if (copy.Retained || !_latest.TryGetValue(copy.Claim.Slot, out var number))
        {
            return false;
        }

        var waiting = _open[number];
        if (waiting.Said.Order != copy.Claim.Order || waiting.Said.Instance != copy.Claim.Instance)
        {
            return false;
        }

        waiting.Copy = copy;
        return true;
    }

    /// <summary>The message of this number is back.</summary>
    /// <returns>False: it isn't one of these.</returns>
    public bool Passed(ulong number, out ClaimHeard? copy)
    {
        copy = null;
        if (!_open.Remove(number, out var waiting))
        {
            return false;
        }

        _latest.Remove(waiting.Said.Slot);
        copy = waiting.Copy;
        return true;
    }

    public void Clear()
    {
        _latest.Clear();
        _open.Clear();
    }

    private sealed class Waiting(Claim said)
    {
        public Claim Said => said;

        /// <summary>What came back of it; null: nothing yet.</summary>
        public ClaimHeard? Copy { get; set; }
    }
}
