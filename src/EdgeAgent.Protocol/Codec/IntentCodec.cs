using System.Security.Cryptography;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>Intents: made and signed by operators' tools, verified and read by everybody.</summary>
public static class IntentCodec
{
    /// <summary>Signs; the result is the intent with its <see cref="Intent.Signed"/> bytes and digest.</summary>
    public static Intent Sign(Intent draft, OperatorKey key, TopicSpace topics)
    {
        var wire = new WireIntent
        {
            MajorVersion = ProtocolLimits.MajorVersion,
            Workload = draft.Workload.Value,
            Incarnation = draft.Incarnation.ToBytes(),
            Generation = draft.Generation,
            Spec = draft.Spec is { } spec ? SpecCodec.ToWire(spec) : null,
            RunId = draft.RunId,
            StartId = draft.StartId,
            EpochFloor = draft.EpochFloor,
            Follows = draft.Follows.IsNone ? null : draft.Follows.ToBytes(),
            DerivedFrom = draft.DerivedFrom.IsNone ? null : draft.DerivedFrom.ToBytes(),
            Features = [.. draft.Features],
            SignedAtMs = draft.SignedAt.ToUnixTimeMilliseconds(),
            Fallback = draft.Fallback is { } back
                ? new WireFallback { Spec = SpecCodec.ToWire(back.Spec), Generation = back.Generation, RunId = back.RunId, SignedAtMs = back.SignedAt.ToUnixTimeMilliseconds() }
                : null,
        };
        var payload = Proto.Write(wire);
        return draft with { Signed = key.Sign(payload, topics.LogicalIntent(draft.Workload)), Digest = DigestOf(payload) };
    }

    /// <summary>Verifies and reads what stands under <c>intent/{workload}</c>, or a copy of it.</summary>
    public static DecodeError TryRead(ReadOnlyMemory<byte> signed, WorkloadName workload, TopicSpace topics, Envelope envelope, out Intent intent)
    {
        intent = null!;
        var opened = envelope.TryOpen(signed, topics.LogicalIntent(workload), out var payload);
        if (opened.IsError)
        {
            return opened;
        }

        if (!Proto.TryRead<WireIntent>(payload, out var wire))
        {
            return new(DecodeFault.Malformed, "the signed payload is not an intent");
        }

        if (wire.MajorVersion != ProtocolLimits.MajorVersion)
        {
            return new(DecodeFault.UnknownVersion, $"major version {wire.MajorVersion}, this agent knows {ProtocolLimits.MajorVersion}");
        }

        if (wire.Workload != workload.Value || wire.Generation < 1 || wire.Incarnation is not { Length: Incarnation.ByteCount } || wire.Features.Count > ProtocolLimits.FeaturesMax || wire.StartId < 0 || (wire.StartId > 0 && wire.StartId > wire.RunId))
        {
            return new(DecodeFault.Invalid, "its name, incarnation, generation or features are impossible");
        }

        WorkloadSpec? spec = null;
        if (wire.Spec is not null && !SpecCodec.TryFromWire(wire.Spec, out spec, out var error))
        {
            return new(DecodeFault.Invalid, error);
        }

        WorkloadSpec? before = null;
        if (wire.Fallback is { } back && (back.Spec is null || spec is null || back.RunId < 1 || back.RunId >= wire.RunId || !SpecCodec.TryFromWire(back.Spec, out before, out _)))
        {
            return new(DecodeFault.Invalid, "what it would go back to is impossible");
        }

        intent = new Intent
        {
            Workload = workload,
            Incarnation = Incarnation.FromBytes(wire.Incarnation),
            Generation = wire.Generation,
            Digest = DigestOf(payload),
            Signed = signed,
            Spec = spec,
            RunId = wire.RunId,
            StartId = wire.StartId,
            EpochFloor = wire.EpochFloor,
            Follows = Incarnation.FromBytes(wire.Follows),
            DerivedFrom = Digest.FromBytes(wire.DerivedFrom),
            Features = wire.Features,
            SignedAt = Time.FromMs(wire.SignedAtMs),
            Fallback = before is null ? null : new Fallback(before, wire.Fallback!.Generation, wire.Fallback.RunId, Time.FromMs(wire.Fallback.SignedAtMs)),
        };
        return DecodeError.None;
    }

    /// <summary>Of what was signed and not of its envelope: that has parts which anybody on the way may change, and each change would be another digest.</summary>
    private static Digest DigestOf(byte[] payload) => Digest.FromBytes(SHA256.HashData(payload));
}
