using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation;

/// <summary>
/// The real envelope, asked once for each message: all nodes of a world trust the same key and get the same bytes, so they all get the same answer, and a thousand of
/// them would spend their simulated hour with elliptic curves and protobuf. What it answers is never the simulator's own opinion, and what is shared can't be changed.
/// </summary>
internal sealed class RememberingEnvelope(IReadOnlyList<PublicKey> trusted) : Envelope(trusted)
{
    private readonly Dictionary<(string Topic, Content Signed), (DecodeError Error, byte[] Payload)> _opened = [];
    private readonly Dictionary<(WorkloadName Workload, Content Signed), (DecodeError Error, Intent Intent)> _intents = [];
    private readonly Answers<Intent> _intentsByArray = new();
    private readonly Answers<Presence> _presences = new();
    private readonly Answers<Claim> _claims = new();

    public override DecodeError TryOpen(ReadOnlyMemory<byte> signed, string logicalTopic, out byte[] payload)
    {
        if (!_opened.TryGetValue((logicalTopic, new Content(signed)), out var answer))
        {
            answer.Error = base.TryOpen(signed, logicalTopic, out answer.Payload);
            _opened[(logicalTopic, new Content(signed.ToArray()))] = answer;
        }

        payload = answer.Payload;
        return answer.Error;
    }

    public override DecodeError TryRead(ReadOnlyMemory<byte> signed, WorkloadName workload, TopicSpace topics, out Intent intent)
    {
        if (_intentsByArray.TryFind(signed, new(workload, 0), default, out var error, out intent))
        {
            return error;
        }

        if (!_intents.TryGetValue((workload, new Content(signed)), out var answer))
        {
            answer.Error = base.TryRead(signed, workload, topics, out answer.Intent);
            _intents[(workload, new Content(signed.Whole()))] = answer;
        }

        intent = answer.Intent;
        return _intentsByArray.Add(signed, new(workload, 0), default, answer.Error, intent);
    }

    public override DecodeError TryRead(ReadOnlyMemory<byte> bytes, NodeId node, out Presence presence) =>
        _presences.TryFind(bytes, default, node, out var error, out presence) ? error : _presences.Add(bytes, default, node, base.TryRead(bytes, node, out presence), presence);

    public override DecodeError TryRead(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, out Claim claim) =>
        _claims.TryFind(bytes, slot, node, out var error, out claim) ? error : _claims.Add(bytes, slot, node, base.TryRead(bytes, slot, node, out claim), claim);

    /// <summary>By the array itself: what a broker sends to many is one.</summary>
    private sealed class Answers<T>
        where T : class
    {
        private const int Most = 200_000;

        private readonly Dictionary<byte[], (SlotId Slot, NodeId Node, DecodeError Error, T Value)> _known = new(ReferenceEqualityComparer.Instance);

        public bool TryFind(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, out DecodeError error, out T value)
        {
            (error, value) = (default, null!);
            if (bytes.TryWhole() is not { } array || !_known.TryGetValue(array, out var known) || known.Slot != slot || known.Node != node)
            {
                return false;
            }

            (error, value) = (known.Error, known.Value);
            return true;
        }

        public DecodeError Add(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, DecodeError error, T value)
        {
            if (_known.Count >= Most)
            {
                _known.Clear();
            }

            if (bytes.TryWhole() is { } array)
            {
                _known[array] = (slot, node, error, value);
            }

            return error;
        }
    }

    private readonly struct Content(ReadOnlyMemory<byte> value) : IEquatable<Content>
    {
        private readonly ReadOnlyMemory<byte> _value = value;

        public bool Equals(Content other) => _value.Span.SequenceEqual(other._value.Span);

        public override bool Equals(object? obj) => obj is Content other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(_value.Span);
            return hash.ToHashCode();
        }
    }
}
