using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Node.Link;

/// <summary>How long a message to oneself takes, of which all waits before a bid are multiples; and the copies of own words that others decide by.</summary>
internal sealed partial class Link
{
    private readonly OwnEchoes _echoes = new();

    /// <summary>An own claim.</summary>
    public void SayClaim(Claim claim, string topic, ReadOnlyMemory<byte> payload, long afterBatch)
    {
        var isReadBack = IsOpen && OwnEchoes.AreOf(claim);
        if (isReadBack)
        {
            _echoes.Said(claim);
        }

        outbox.Publish(topic, payload, retain: true, afterBatch, readBack: isReadBack);
    }

    /// <summary>A copy of an own claim has come, live or kept.</summary>
    public void HeardOwnClaim(ClaimHeard copy, string topic)
    {
        if (_echoes.Takes(copy))
        {
            // What is followed anyway by a wider filter is not sent twice from here on.
            Unfollow([topic]);
            copy = copy with { Retained = false };
        }

        if (!_echoes.Holds(copy))
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
