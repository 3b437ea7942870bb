using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>That a node is no more, or is enrolled again: signed by operators, kept by the broker.</summary>
public static class RetirementCodec
{
    public static byte[] Sign(Retirement word, DateTimeOffset signedAt, OperatorKey key, TopicSpace topics) => key.Sign(Proto.Write(new WireRetirement
    {
        MajorVersion = ProtocolLimits.MajorVersion,
        Node = word.Node.Value,
        Serial = word.Serial,
        IsRetired = word.IsRetired,
        Session = word.Session,
        SignedAtMs = signedAt.ToUnixTimeMilliseconds(),
    }), topics.LogicalRetired(word.Node));

    public static DecodeError TryRead(ReadOnlyMemory<byte> signed, NodeId node, TopicSpace topics, Envelope envelope, out Retirement word)
    {
        word = null!;
        var opened = envelope.TryOpen(signed, topics.LogicalRetired(node), out var payload);
        if (opened.IsError)
        {
            return opened;
        }

        if (!Proto.TryRead<WireRetirement>(payload, out var wire))
        {
            return new(DecodeFault.Malformed, "the signed payload is not a retirement");
        }

        if (wire.MajorVersion != ProtocolLimits.MajorVersion)
        {
            return new(DecodeFault.UnknownVersion, $"major version {wire.MajorVersion}, this agent knows {ProtocolLimits.MajorVersion}");
        }

        if (wire.Node != node.Value || wire.Serial < 1 || wire.Session is < 0 or > long.MaxValue / 2)
        {
            return new(DecodeFault.Invalid, $"a retirement of {wire.Node}, serial {wire.Serial}, session {wire.Session}");
        }

        word = new Retirement(node, wire.Serial, wire.IsRetired, wire.Session);
        return DecodeError.None;
    }
}
