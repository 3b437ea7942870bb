using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;

namespace EdgeAgent.Simulation;

/// <summary>
/// The real envelope, asked once for each (message, topic): all nodes of a world trust the same key, so they all get the same answer, and a thousand of
/// them would spend their simulated hour with elliptic curves. What it answers is never the simulator's own opinion.
/// </summary>
internal sealed class RememberingEnvelope(IReadOnlyList<PublicKey> trusted) : Envelope(trusted)
{
    private readonly Dictionary<(string Topic, Bytes Signed), (DecodeError Error, byte[] Payload)> _answers = [];

    public override DecodeError TryOpen(ReadOnlyMemory<byte> signed, string logicalTopic, out byte[] payload)
    {
        var key = (logicalTopic, new Bytes(signed));
        if (!_answers.TryGetValue(key, out var answer))
        {
            answer.Error = base.TryOpen(signed, logicalTopic, out answer.Payload);
            _answers[(logicalTopic, new Bytes(signed.ToArray()))] = answer;
        }

        payload = answer.Payload;
        return answer.Error;
    }

    private readonly struct Bytes(ReadOnlyMemory<byte> value) : IEquatable<Bytes>
    {
        private readonly ReadOnlyMemory<byte> _value = value;

        public bool Equals(Bytes other) => _value.Span.SequenceEqual(other._value.Span);

        public override bool Equals(object? obj) => obj is Bytes other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            hash.AddBytes(_value.Span);
            return hash.ToHashCode();
        }
    }
}
