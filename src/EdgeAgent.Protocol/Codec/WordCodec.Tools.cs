using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>The words that only operators' tools read.</summary>
public static partial class WordCodec
{
    public static byte[] Write(NodeStatus status) => Wrap(Proto.Write(new WireStatus
    {
        AtMs = status.At.ToUnixTimeMilliseconds(),
        Architecture = status.Architecture,
        OperatingSystem = status.OperatingSystem,
        Kernel = status.Kernel,
        Capacity = SpecCodec.ToWire(status.Capacity),
        Free = SpecCodec.ToWire(status.Free),
        Labels = Pairs.ToWire(status.Labels),
        Taints = [.. status.Taints.Select(ToWire)],
        Facts = Pairs.ToWire(status.Facts),
        Runtime = status.Runtime,
        Features = [.. status.Features],
        Conditions = Pairs.ToWire(status.Conditions),
        Counters = [.. status.Counters.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new WireCount { Name = c.Key, Value = c.Value })],
        Version = status.Version,
        Sandbox = status.Sandbox,
        IsCordoned = status.IsCordoned,
        Drain = (uint)status.Drain,
        HiddenLabels = Pairs.ToWire(status.HiddenLabels),
    }));

    public static DecodeError TryReadStatus(ReadOnlyMemory<byte> bytes, NodeId node, out NodeStatus status)
    {
        status = null!;
        var error = TryUnwrap<WireStatus>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        var taints = new List<Core.Workloads.Taint>();
        foreach (var taint in wire.Taints.Take(ProtocolLimits.PairsMax))
        {
            if (WireEnum.TryRead(taint.Effect, out Core.Workloads.TaintEffect effect))
            {
                taints.Add(new(Text(taint.Key), Text(taint.Value), effect));
            }
        }

        var counters = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var counter in wire.Counters.Take(ProtocolLimits.PairsMax))
        {
            counters[Text(counter.Name)] = counter.Value;
        }

        status = new NodeStatus
        {
            Node = node,
            At = Time.FromMs(wire.AtMs),
            Architecture = Text(wire.Architecture),
            OperatingSystem = Text(wire.OperatingSystem),
            Kernel = Text(wire.Kernel),
            Capacity = SpecCodec.FromWire(wire.Capacity),
            Free = SpecCodec.FromWire(wire.Free),
            Labels = Pairs.FromWire(wire.Labels),
            Taints = taints,
            Facts = Pairs.FromWire(wire.Facts),
            Runtime = Text(wire.Runtime),
            Features = [.. wire.Features.Take(ProtocolLimits.FeaturesMax)],
            Conditions = Pairs.FromWire(wire.Conditions),
            Counters = counters,
            Version = Text(wire.Version),
            Sandbox = Text(wire.Sandbox),
            IsCordoned = wire.IsCordoned,
            Drain = Enum.IsDefined((DrainScope)wire.Drain) ? (DrainScope)wire.Drain : DrainScope.Movable,
            HiddenLabels = Pairs.FromWire(wire.HiddenLabels),
        };
        return DecodeError.None;
    }

    public static byte[] Write(NodeEvent e) => Wrap(Proto.Write(new WireEvent
    {
        AtMs = e.At.ToUnixTimeMilliseconds(),
        Kind = e.Kind,
        Subject = e.Subject,
        Reason = e.Reason,
        Message = Text(e.Message),
        Suppressed = e.Suppressed,
    }));

    public static DecodeError TryReadEvent(ReadOnlyMemory<byte> bytes, NodeId node, out NodeEvent e)
    {
        var error = TryUnwrap<WireEvent>(bytes, out var wire);
        e = error.IsError ? null! : new NodeEvent(node, Time.FromMs(wire.AtMs), Text(wire.Kind), Text(wire.Subject), Text(wire.Reason), Text(wire.Message)) { Suppressed = wire.Suppressed };
        return error;
    }

    public static byte[] Write(Reply reply) => Wrap(Proto.Write(new WireReply
    {
        Sequence = reply.Sequence,
        Chunk = reply.Chunk.ToArray(),
        IsEnd = reply.IsEnd,
        Error = reply.Error,
        Subject = reply.Subject,
        Cursor = reply.Cursor,
    }));

    public static DecodeError TryReadReply(ReadOnlyMemory<byte> bytes, NodeId node, out Reply reply)
    {
        var error = TryUnwrap<WireReply>(bytes, out var wire);
        reply = error.IsError ? null! : new Reply(node, wire.Sequence, wire.Chunk, wire.IsEnd, wire.Error is null ? null : Text(wire.Error)) { Subject = Text(wire.Subject), Cursor = Text(wire.Cursor) };
        return error;
    }
}

/// <summary>A piece of a node's answer to a command. A refusal has an <see cref="Error"/> and is the end.</summary>
public sealed record Reply(NodeId Node, long Sequence, ReadOnlyMemory<byte> Chunk, bool IsEnd, string? Error)
{
    /// <summary>What the chunk is about where an answer has several parts: a slot, as <c>hello/3</c>.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Of a log: the place behind the chunk's last line, by which a later question goes on (<c>cursor</c>). Empty: none is known.</summary>
    public string Cursor { get; init; } = "";
}
