using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation.Faults;

/// <summary>What strangers write, and an operator's tool of another version.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(1);

    private Dictionary<FaultKind, Func<SimNode, Fault, Action>> StrangerFaults => new()
    {
        [FaultKind.CorruptBytes] = Write(Corrupted),
        [FaultKind.UnknownVersion] = Write((_, _) => [0x08, 0x63, 0x12, 0x00]),
        [FaultKind.ForeignIntent] = (_, fault) => Once(fault, ForeignIntent),
        [FaultKind.MovedIntent] = (_, fault) => Once(fault, MovedIntent),
        [FaultKind.OldIntent] = (_, fault) => Once(fault, OldIntent),
    };

    /// <summary>Onto topics that hold something, live; where they are a node's own also retained, which that node has to mend.</summary>
    private Func<SimNode, Fault, Action> Write(Func<SimRandom, byte[], byte[]> payload) => (_, fault) =>
    {
        var chance = new SimRandom(fault.Salt);
        var until = _world.Clock.Now + fault.Lasts;
        void Next()
        {
            var topics = _world.Broker.Retained.Keys.ToList();
            if (topics.Count > 0 && _world.Broker.IsUp)
            {
                var topic = chance.Pick(topics);
                _world.Broker.Publish(topic, payload(chance, _world.Broker.Retained[topic]), retain: false);
            }

            if (_world.Clock.Now + BetweenWrites < until)
            {
                _world.At(BetweenWrites, Next);
            }
        }

        Next();
        return Nothing;
    };

    private static byte[] Corrupted(SimRandom chance, byte[] payload)
    {
        var bytes = payload.ToArray();
        switch (chance.Below(3))
        {
            case 0:
                return [.. Enumerable.Range(0, chance.Between(1, 60)).Select(_ => (byte)chance.Below(256))];
            case 1:
                return bytes[..chance.Below(bytes.Length)];
            default:
                bytes[chance.Below(bytes.Length)] ^= (byte)(1 << chance.Below(8));

                // A flipped bit of a node's word may well be another word: words aren't signed. Of a version that nobody knows it is none.
                return bytes is [0x08, ..] ? [0x08, 0x7f, .. bytes.AsSpan(Math.Min(2, bytes.Length))] : bytes;
        }
    }

    private Action Once(Fault fault, Action<SimRandom> write)
    {
        if (_world.Broker.IsUp)
        {
            write(new SimRandom(fault.Salt));
        }

        return Nothing;
    }

    /// <summary>Signed with a key that nobody trusts; the operator's tool sees it and writes its own again.</summary>
    private void ForeignIntent(SimRandom chance)
    {
        if (_operator.Some(chance) is not { } latest)
        {
            return;
        }

        using var stranger = SimKey.Stranger();
        var foreign = IntentCodec.Sign(latest with { Generation = latest.Generation + 5, SignedAt = _world.Clock.GetUtcNow() }, stranger, _world.Topics);
        Overwrite(latest.Workload, foreign.Signed.ToArray());
    }

    /// <summary>What was signed for one workload, under the name of another.</summary>
    private void MovedIntent(SimRandom chance)
    {
        if (_operator.Some(chance) is { } latest && _operator.Some(chance) is { } other && other.Workload != latest.Workload)
        {
            Overwrite(latest.Workload, other.Signed.ToArray());
        }
    }

    /// <summary>Rolled back: an earlier generation, truly signed.</summary>
    private void OldIntent(SimRandom chance)
    {
        if (_operator.SomeOld(chance) is { } old)
        {
            Overwrite(old.Workload, old.Signed.ToArray());
        }
    }

    private void Overwrite(WorkloadName workload, byte[] payload)
    {
        var topic = _world.Topics.Intent(workload);
        _world.Broker.Publish(topic, payload);
        _world.At(BetweenWrites, () => _operator.Repeat(workload));
    }
}
