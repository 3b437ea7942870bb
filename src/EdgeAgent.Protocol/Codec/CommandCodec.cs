using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>What an operator asks of a node, now. Answered on <c>reply/{client}/{id}/{node}</c>.</summary>
public sealed record Command(string Id, DateTimeOffset ExpiresAt, string Verb, IReadOnlyDictionary<string, string> Arguments, string ReplyClient);

public static class CommandCodec
{
    /// <summary>For one node, or for all where <paramref name="node"/> is null.</summary>
    public static byte[] Sign(Command command, NodeId? node, OperatorKey key, TopicSpace topics)
    {
        var wire = new WireCommand
        {
            MajorVersion = ProtocolLimits.MajorVersion,
            Id = command.Id,
            ExpiresAtMs = command.ExpiresAt.ToUnixTimeMilliseconds(),
            Verb = command.Verb,
            Arguments = Pairs.ToWire(command.Arguments),
            ReplyClient = command.ReplyClient,
        };
        return key.Sign(Proto.Write(wire), topics.LogicalCommand(node));
    }

    /// <summary>One that has expired is given together with the error, so that who asked can be told: it may be this node's clock that is wrong.</summary>
    public static DecodeError TryRead(ReadOnlyMemory<byte> signed, NodeId? node, TopicSpace topics, Envelope envelope, DateTimeOffset now, out Command command)
    {
        command = null!;
        var opened = envelope.TryOpen(signed, topics.LogicalCommand(node), out var payload);
        if (opened.IsError)
        {
            return opened;
        }

        if (!Proto.TryRead<WireCommand>(payload, out var wire))
        {
            return new(DecodeFault.Malformed, "the signed payload is not a command");
        }

        if (wire.MajorVersion != ProtocolLimits.MajorVersion)
        {
            return new(DecodeFault.UnknownVersion, $"major version {wire.MajorVersion}, this agent knows {ProtocolLimits.MajorVersion}");
        }

        if (!DnsLabel.IsValid(wire.Id) || !DnsLabel.IsValid(wire.ReplyClient))
        {
            return new(DecodeFault.Invalid, "its id or its reply client is not a DNS label");
        }

        var expiresAt = Time.FromMs(wire.ExpiresAtMs);
        command = new Command(wire.Id!, expiresAt, wire.Verb ?? "", Pairs.FromWire(wire.Arguments), wire.ReplyClient!);
        if (expiresAt < now || expiresAt > now + ProtocolLimits.CommandLifeMax)
        {
            return new(DecodeFault.Expired, $"good until {expiresAt:u}, it is {now:u} here: compare the clocks (timedatectl)");
        }

        return DecodeError.None;
    }
}
