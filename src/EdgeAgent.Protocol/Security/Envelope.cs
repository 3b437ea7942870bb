using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Text;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Protocol.Security;

/// <summary>
/// Opens COSE_Sign1 messages (RFC 9052, ES256) of operators. The external data is the topic without the root, so a message that
/// was moved to another topic, fleet or cell does not verify.
/// </summary>
public class Envelope(IReadOnlyList<PublicKey> trusted)
{
    /// <summary>Without one, nothing is applied.</summary>
    public bool HasTrustedKey => trusted.Count > 0;

    /// <summary>
    /// Verifies a message once that no key here has signed: the system's cryptography is loaded by it (some 20 ms on a small machine), and not
    /// by the first intent, for which other nodes race.
    /// </summary>
    public void WarmUp()
    {
        using var stranger = OperatorKey.Create();
        _ = TryOpen(stranger.Sign("warm-up"u8, "warm-up"), "warm-up", out _);
    }

    public virtual DecodeError TryOpen(ReadOnlyMemory<byte> signed, string logicalTopic, out byte[] payload)
    {
        payload = [];
        if (signed.Length > ProtocolLimits.PayloadBytesMax)
        {
            return new(DecodeFault.TooLarge, $"{signed.Length} bytes, at most {ProtocolLimits.PayloadBytesMax} are taken");
        }

        if (!HasTrustedKey)
        {
            return new(DecodeFault.NoTrustedKey, "this agent trusts no operator's key: set OperatorKeys in agent.conf");
        }

        if (!TryDecode(signed, out var message) || message.Content is not { } content)
        {
            return new(DecodeFault.Unsigned, "not a COSE_Sign1 message with its content inside");
        }

        foreach (var key in trusted)
        {
            if (Verifies(message, key, logicalTopic))
            {
                payload = content.ToArray();
                return DecodeError.None;
            }
        }

        return new(DecodeFault.BadSignature, "no trusted key verifies it for this topic: signed by a stranger, changed, or moved from another topic");
    }

    /// <summary>What <see cref="IntentCodec"/> and <see cref="WordCodec"/> read; the simulator has it read once for all nodes that get the same message.</summary>
    public virtual DecodeError TryRead(ReadOnlyMemory<byte> signed, WorkloadName workload, TopicSpace topics, out Intent intent) => IntentCodec.TryRead(signed, workload, topics, this, out intent);

    public virtual DecodeError TryRead(ReadOnlyMemory<byte> bytes, NodeId node, out Presence presence) => WordCodec.TryReadPresence(bytes, node, out presence);

    public virtual DecodeError TryRead(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, out Claim claim) => WordCodec.TryReadClaim(bytes, slot, node, out claim);

    private static bool TryDecode(ReadOnlyMemory<byte> signed, out CoseSign1Message message)
    {
        try
        {
            message = CoseMessage.DecodeSign1(signed.Span);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException or InvalidOperationException or OverflowException)
        {
            message = null!;
            return false;
        }
    }

    private static bool Verifies(CoseSign1Message message, PublicKey key, string logicalTopic)
    {
        try
        {
            return message.VerifyEmbedded(key.Key, Encoding.UTF8.GetBytes(logicalTopic));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException or InvalidOperationException or NotSupportedException)
        {
            return false;
        }
    }
}
