using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Simulation.Checking;

/// <summary>What each disk has known: nothing that a disk knew is undone on it, whichever machine it is in.</summary>
internal sealed class Disks(SimWorld world, SimOperator who)
{
    private readonly Dictionary<SimStore, Known> _known = [];

    public void Kept(SimNode node, StoreBatch batch)
    {
        var known = Of(node.Store);
        foreach (var write in batch.Writes)
        {
            switch (write)
            {
                case PutIntent e:
                    Kept(node, known, e);
                    break;
                case RemoveIntent e:
                    // A disk that failed meanwhile may never have had the tombstone.
                    Checker.Require(known.Intents.GetValueOrDefault(e.Workload) is not { IsTombstone: false } kept || who.HasBuried(e.Workload, kept.Incarnation), Rule.Generation, $"{node.Name} forgets {e.Workload}, which lives");
                    known.Intents.Remove(e.Workload);
                    break;
                case PutClaim e:
                    Kept(node, known, e);
                    break;
                case PutPromise e:
                    Kept(node, known, e);
                    break;
                case PutMarks e:
                    Checker.Require(!WordCodec.TryReadMarks(e.Payload, out var marks).IsError && marks.Revision == known.Revision + 1, Rule.Kept, $"{node.Name} goes from revision {known.Revision} of what operators said of it to {marks.Revision}");
                    known.Revision = marks.Revision;
                    break;
                case RemovePromise e:
                    known.Promises.Remove(e.Slot);
                    break;
                case RemoveClaim e when known.Claims.Remove(e.Slot, out var removed):
                    known.Removed[e.Slot] = removed;
                    break;
            }
        }
    }

    /// <summary>Its tombstone is older than tombstones are remembered: an old intent that comes next may take its place in the same batch.</summary>
    public void Forgotten(SimNode node, WorkloadName workload)
    {
        if (Of(node.Store).Intents.GetValueOrDefault(workload) is { } kept && who.HasBuried(workload, kept.Incarnation))
        {
            Of(node.Store).Intents.Remove(workload);
        }
    }

    /// <summary>A disk that is new here: what is on it counts from now on.</summary>
    public void Loaded(SimNode node, StoredState stored)
    {
        if (_known.ContainsKey(node.Store))
        {
            return;
        }

        var known = Of(node.Store);
        known.Revision = stored.Marks.IsEmpty || WordCodec.TryReadMarks(stored.Marks, out var marks).IsError ? 0 : marks.Revision;
        foreach (var (workload, signed) in stored.Intents)
        {
            known.Intents[workload] = Read(node, workload, signed);
        }

        foreach (var (slot, payload) in stored.Claims)
        {
            if (!WordCodec.TryReadClaim(payload, slot, node.Id, out var claim).IsError)
            {
                known.Claims[slot] = claim;
            }
        }

        foreach (var (slot, voted, payload, highest) in stored.Promises)
        {
            if (!WordCodec.TryReadClaim(payload, slot, voted, out var claim).IsError)
            {
                known.Promises[slot] = new Promise(claim, default, IsFree: false) { Highest = new(highest) };
            }
        }
    }

    /// <summary>An epoch is on disk before its claim is published (protocol.md, "The claim race").</summary>
    public void RequireKept(SimNode node, Claim said)
    {
        var known = Of(node.Store);

        // What was said before the claim was forgotten may still be on its way.
        var kept = known.Claims.GetValueOrDefault(said.Slot) is { } now && now.Incarnation == said.Incarnation ? now : known.Removed.GetValueOrDefault(said.Slot);
        var isKept = kept is not null && kept.Incarnation == said.Incarnation && kept.Epoch >= said.Epoch;
        Checker.Require(isKept, Rule.Kept, $"{node.Name} says that it has {said.Slot} at epoch {said.Epoch} ({said.Phase}), and its disk has {(kept is null ? "nothing of it" : $"epoch {kept.Epoch}")}");
    }

    /// <summary>A voter grants an epoch once, and has it on disk before it says so (docs/adr/0014).</summary>
    public void RequireKept(SimNode node, Grant said)
    {
        var kept = Of(node.Store).Promises.GetValueOrDefault(said.Slot);
        Checker.Require(kept is not null && kept.Highest >= said.Epoch, Rule.Kept, $"{node.Name} grants {said.Slot} at epoch {said.Epoch}, and its disk has {(kept is null ? "nothing of it" : $"epoch {kept.Highest}")}");
    }

    private static void Kept(SimNode node, Known known, PutPromise write)
    {
        Checker.Require(!WordCodec.TryReadClaim(write.Payload, write.Slot, write.Node, out var claim).IsError, Rule.Kept, $"{node.Name} keeps a promise of {write.Slot} that can't be read");
        var before = known.Promises.GetValueOrDefault(write.Slot);
        var isForward = before is null || (write.Highest >= before.Highest.Value && (claim.Epoch > before.Highest || claim.IsStarted || before.IsOf(claim)));
        Checker.Require(isForward && write.Highest >= claim.Epoch.Value, Rule.Epoch, $"{node.Name} grants {write.Slot} at epoch {claim.Epoch} to {claim.Node}, and had granted epoch {before?.Highest}");
        known.Promises[write.Slot] = new Promise(claim, default, IsFree: false) { Highest = new(write.Highest) };
    }

    private void Kept(SimNode node, Known known, PutIntent write)
    {
        var intent = Read(node, write.Workload, write.Signed);
        Checker.Require(who.HasIssued(intent), Rule.Signed, $"{node.Name} keeps an intent of {write.Workload} that nobody signed so");
        var isForward = !known.Intents.TryGetValue(write.Workload, out var before) || before.Digest == intent.Digest || IsForward(before, intent);
        Checker.Require(isForward, Rule.Generation, $"{node.Name} goes back from generation {before?.Generation} of {write.Workload} to {intent.Generation}");
        known.Intents[write.Workload] = intent;
    }

    private static void Kept(SimNode node, Known known, PutClaim write)
    {
        Checker.Require(!WordCodec.TryReadClaim(write.Payload, write.Slot, node.Id, out var claim).IsError, Rule.Kept, $"{node.Name} keeps a claim of {write.Slot} that can't be read");
        var isForward = !known.Claims.TryGetValue(write.Slot, out var before) || before.Incarnation != claim.Incarnation || claim.Epoch >= before.Epoch;
        Checker.Require(isForward, Rule.Epoch, $"{node.Name} goes back from epoch {before?.Epoch} of {write.Slot} to {claim.Epoch}");
        if (before is not null && before.Incarnation != claim.Incarnation)
        {
            known.Removed[write.Slot] = before;
        }

        known.Claims[write.Slot] = claim;
    }

    /// <summary>Within an incarnation said in its own words, for the rules are what is tried.</summary>
    private static bool IsForward(Intent before, Intent intent) => before.Incarnation != intent.Incarnation ? intent.Supersedes(before)
        : intent.Generation != before.Generation ? intent.Generation > before.Generation : intent.Digest.CompareTo(before.Digest) > 0;

    /// <summary>Whether its disk has it that this node holds a launch that is alive there.</summary>
    public bool Holds(SimNode node, Launch launch) => Of(node.Store).Claims.GetValueOrDefault(launch.Slot) is { IsStarted: true } claim
        && claim.Incarnation == launch.Incarnation && claim.LaunchEpoch == launch.Epoch && claim.Generation >= launch.Generation;

    private Intent Read(SimNode node, WorkloadName workload, ReadOnlyMemory<byte> signed)
    {
        Checker.Require(!IntentCodec.TryRead(signed, workload, world.Topics, world.Envelope, out var intent).IsError, Rule.Signed, $"{node.Name} keeps an intent of {workload} that doesn't verify");
        return intent;
    }

    private Known Of(SimStore disk) => _known.TryGetValue(disk, out var known) ? known : _known[disk] = new Known();

    private sealed class Known
    {
        public long Revision { get; set; }

        public Dictionary<WorkloadName, Intent> Intents { get; } = [];

        public Dictionary<SlotId, Claim> Claims { get; } = [];

        public Dictionary<SlotId, Claim> Removed { get; } = [];

        public Dictionary<SlotId, Promise> Promises { get; } = [];
    }
}
