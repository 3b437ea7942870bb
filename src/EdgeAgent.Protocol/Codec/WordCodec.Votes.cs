using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>What the voters of exclusive work are asked and answer.</summary>
public static partial class WordCodec
{
    public static byte[] WriteVote(Claim claim, TimeSpan askedAt) => Wrap(Proto.Write(new WireVote { Claim = ToWire(claim), AskedAt = askedAt.Ticks }));

    public static DecodeError TryReadVote(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, out Claim claim, out TimeSpan askedAt)
    {
        (claim, askedAt) = (null!, default);
        var error = TryUnwrap<WireVote>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        askedAt = TimeSpan.FromTicks(wire.AskedAt);
        return wire.Claim is null ? new(DecodeFault.Invalid, "a vote without a claim") : TryRead(wire.Claim, slot, node, out claim);
    }

    public static byte[] Write(Grant grant) => Wrap(Proto.Write(new WireGrant
    {
        Epoch = grant.Epoch.Value,
        Instance = grant.Instance,
        AskedAt = grant.AskedAt.Ticks,
        IsGranted = grant.IsGranted,
        Highest = grant.Highest.Value,
        RetryAfterMs = (long)grant.RetryAfter.TotalMilliseconds,
        Reason = Text(grant.Reason),
    }));

    public static DecodeError TryReadGrant(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId voter, out Grant grant)
    {
        grant = null!;
        var error = TryUnwrap<WireGrant>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        if (wire.Epoch is < 0 or long.MaxValue || wire.Highest is < 0 or long.MaxValue)
        {
            return new(DecodeFault.Invalid, $"a grant of epoch {wire.Epoch} beside epoch {wire.Highest}");
        }

        grant = new Grant
        {
            Slot = slot,
            Voter = voter,
            Epoch = new(wire.Epoch),
            Instance = wire.Instance,
            AskedAt = TimeSpan.FromTicks(wire.AskedAt),
            IsGranted = wire.IsGranted,
            Highest = new(wire.Highest),
            RetryAfter = TimeSpan.FromMilliseconds(Math.Clamp(wire.RetryAfterMs, 0, (long)WorkloadLimits.DurationMax.TotalMilliseconds)),
            Reason = Text(wire.Reason),
        };
        return DecodeError.None;
    }
}
