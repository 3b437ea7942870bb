using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What a node says of a slot that is another's, so that no one disk and no one broker is all that knows of it (protocol.md, "Vacant" and "Jobs").</summary>
public sealed partial class NodeCore
{
    /// <summary>How many of a slot's cohort witness what happened to it: the first by rendezvous hash.</summary>
    private const int Witnesses = 3;

    private void Witness(OwnSlot own, Intent intent)
    {
        if (own.Phase != OwnPhase.Idle || !_isOpen || own.Unknown is not null)
        {
            return;
        }

        var claims = _claims[own.Slot];
        if (claims.GreatestHeld(intent.Incarnation, intent.RunId) is { } last && last.Claim.Node != settings.Node)
        {
            if (ClaimOrder.Succeeded(last.Claim, intent.RunId))
            {
                CopySuccess(own, last.Claim, intent);
            }
            else if (last.Claim.IsStarted && claims.HighestEpoch > last.Claim.Epoch && _members.IsSettled(_now) && !claims.HasWordAt(claims.HighestEpoch))
            {
                SayEpoch(own, last.Claim, claims.HighestEpoch);
            }
        }
    }

    /// <summary>A job that is done is done, also where the disk that knew it and the broker's store are lost. The score keeps the copy behind the word it is of.</summary>
    private void CopySuccess(OwnSlot own, Claim done, Intent intent)
    {
        if ((own.Word is not { } word || !ClaimOrder.Succeeded(word, intent.RunId)) && IsWitness(own.Slot))
        {
            own.Word = Witnessed(done, Epoch.Max(done.Epoch, own.Word?.Epoch ?? Epoch.None)) with { Score = 0 };
            Say(own, ClaimPhase.Succeeded, isKept: true, $"it succeeded on {done.Node}");
        }
    }

    /// <summary>The store was set back below an epoch that is known here: the next has to be above it, and nothing is vacant by that.</summary>
    private void SayEpoch(OwnSlot own, Claim last, Epoch epoch)
    {
        if (IsWitness(own.Slot))
        {
            own.Word = Witnessed(last, epoch);
            Say(own, ClaimPhase.Seen, isKept: true, $"known here; the broker kept epoch {last.Epoch} as the last");
        }
    }

    /// <summary>What its holder says of its process and of where it goes is the holder's alone to say.</summary>
    private Claim Witnessed(Claim said, Epoch epoch) => said.WithoutOffer() with { Node = settings.Node, Epoch = epoch, Unit = "", Pid = 0 };

    private bool IsWitness(SlotId slot)
    {
        var (own, before) = (StableHash.Of(slot, settings.Node), 0);
        foreach (var node in _members.Known)
        {
            before += _members.Cohorts.IsInCohort(Bucket.Of(node)) && StableHash.Of(slot, node) > own ? 1 : 0;
            if (before >= Witnesses)
            {
                return false;
            }
        }

        return true;
    }
}
