using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Node.Link;

/// <summary>How long a message to oneself takes, of which all waits before a bid are multiples; and the messages behind own words that others decide by.</summary>
internal sealed partial class Link
{
    private readonly OwnEchoes _echoes = new();

    /// <summary>A claim is on its way, behind this batch.</summary>
    public void Said(Claim claim, long afterBatch)
    {
        if (IsOpen && OwnEchoes.AreAwaited(claim))
        {
            var nonce = random.Next();
            _echoes.Said(claim, nonce);
            PublishBarrier(nonce, afterBatch);
        }
    }

    /// <summary>True: it is passed on when what was sent behind the word is back too.</summary>
    public bool HoldsEcho(ClaimHeard copy) => _echoes.Holds(copy);

    private void HeardBehindWord(ulong nonce)
    {
        if (_echoes.Passed(nonce, out var copy) && copy is not null)
        {
            toCore.Enqueue(copy);
        }
    }

    private bool _isEchoMeasured;
    private TimeSpan _echo;

    private void Measured(TimeSpan echo)
    {
        if (_echo == TimeSpan.Zero || echo < _echo)
        {
            _echo = echo;
            if (State == LinkState.Ready)
            {
                toCore.Enqueue(new EchoMeasured(echo));
            }
        }
    }

    /// <summary>
    /// While a cell connects its broker is behind with everything, and who measured then would wait longer than the others before each bid for as long as the connection lasts: measured
    /// once more when all have connected (docs/adr/0023).
    /// </summary>
    private void MeasureEcho()
    {
        _isEchoMeasured = true;
        SendBarrier(new Barrier(Step.Echo, [], null, 1, clock.Now, clock.Now + BarrierPatience));
        _deadline = clock.Now + (RefreshInterval * (1 + (random.Fraction() / 2)));
    }
}
