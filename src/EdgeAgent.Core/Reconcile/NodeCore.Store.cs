using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What a store that fails means: nothing new is held, and nobody is kept waiting (docs/adr/0004).</summary>
public sealed partial class NodeCore
{
    private string _storeFailure = "";

    private void Take(StoreFailing e)
    {
        var began = e.Reason.Length > 0 && _storeFailure.Length == 0;
        _storeFailure = e.Reason;
        foreach (var own in began ? _own.Values : Enumerable.Empty<OwnSlot>())
        {
            switch (own.Phase)
            {
                case OwnPhase.Bidding:
                    Withdraw(own, $"the store can't be written: {e.Reason}");
                    break;
                case OwnPhase.Holding when !own.IsKept:
                    Stop(own, $"its claim can't be kept: {e.Reason}", AfterStop.Release);
                    break;
                case OwnPhase.Idle when own.Word is { Phase: ClaimPhase.Released or ClaimPhase.Failed } word:
                    // It may be this word that could not be kept: others needn't wait for it.
                    Say(own, word.Phase, isKept: false, word.Reason);
                    break;
            }
        }

        LookAtEverything();
    }
}
