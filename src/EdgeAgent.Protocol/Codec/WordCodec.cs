using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>What nodes say: presences and claims, each in a <see cref="NodeWord"/>. Statuses, events and replies stand in the other part.</summary>
public static partial class WordCodec
{
    public static byte[] Write(Presence presence) => Wrap(Proto.Write(new WirePresence
    {
        Session = presence.Session,
        Instance = presence.Instance,
        State = (uint)presence.State,
        UntilMs = presence.RestartingUntil?.ToUnixTimeMilliseconds() ?? 0,
        Version = presence.Version,
        StoreSuspect = presence.StoreSuspect,
    }));

    public static DecodeError TryReadPresence(ReadOnlyMemory<byte> bytes, NodeId node, out Presence presence)
    {
        presence = null!;
        var error = TryUnwrap<WirePresence>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        var state = (PresenceState)wire.State;
        if (!Enum.IsDefined(state) || wire.Session < 0)
        {
            return new(DecodeFault.Invalid, $"a presence of state {wire.State}, session {wire.Session}");
        }

        presence = new Presence(node, wire.Session, wire.Instance, state)
        {
            RestartingUntil = wire.UntilMs == 0 ? null : Time.FromMs(wire.UntilMs),
            Version = Text(wire.Version),
            StoreSuspect = wire.StoreSuspect,
        };
        return DecodeError.None;
    }

    public static byte[] Write(Claim claim) => Wrap(Proto.Write(ToWire(claim)));

    private static WireClaim ToWire(Claim claim) => new()
    {
        Incarnation = claim.Incarnation.ToBytes(),
        Generation = claim.Generation,
        Epoch = claim.Epoch.Value,
        Phase = (uint)claim.Phase,
        Score = claim.Score,
        Session = claim.Order.Session,
        Rev = claim.Order.Rev,
        Instance = claim.Instance,
        Mode = WireEnum.Write(claim.Mode),
        RunId = claim.RunId,
        StopTimeoutMs = (long)claim.StopTimeout.TotalMilliseconds,
        LeaseMs = (long)claim.Lease.TotalMilliseconds,
        Attempts = claim.Attempts,
        Unit = claim.Unit,
        Pid = claim.Pid,
        Reason = Text(claim.Reason),
        Rejected = claim.Rejected,
        IsOnTrial = claim.IsOnTrial,
        Devices = DeviceCodec.ToWire(claim.Devices),
        IsLeaving = claim.IsLeaving,
        IsMisplaced = claim.IsMisplaced,
        OfferedAbove = claim.OfferedAbove,
        LaunchedAt = claim.LaunchedAt.Value,
        Displaces = [.. claim.Displaces.Slots.Select(s => s.ToString())],
        IsMakingRoom = claim.IsMakingRoom,
        Room = claim.Room is { } room ? SpecCodec.ToWire(room with { Devices = default }) : null,
    };

    public static DecodeError TryReadClaim(ReadOnlyMemory<byte> bytes, SlotId slot, NodeId node, out Claim claim)
    {
        claim = null!;
        var error = TryUnwrap<WireClaim>(bytes, out var wire);
        return error.IsError ? error : TryRead(wire, slot, node, out claim);
    }

    private static DecodeError TryRead(WireClaim wire, SlotId slot, NodeId node, out Claim claim)
    {
        claim = null!;
        var phase = (ClaimPhase)wire.Phase;
        if (!Enum.IsDefined(phase) || wire.Epoch < 0 || wire.Epoch == long.MaxValue || wire.LaunchedAt < 0 || wire.LaunchedAt > wire.Epoch || wire.Generation < 0 || wire.Session < 0 || wire.Rev < 0
            || wire.Score is < 0 or > ProtocolLimits.ScoreMax || wire.Incarnation is not { Length: Incarnation.ByteCount } || !WireEnum.TryRead(wire.Mode, out PartitionPolicy mode))
        {
            return new(DecodeFault.Invalid, $"a claim of phase {wire.Phase}, epoch {wire.Epoch}, score {wire.Score}");
        }

        claim = new Claim
        {
            Slot = slot,
            Node = node,
            Incarnation = Incarnation.FromBytes(wire.Incarnation),
            Generation = wire.Generation,
            Epoch = new(wire.Epoch),
            Phase = phase,
            Score = wire.Score,
            Order = new(wire.Session, wire.Rev),
            Instance = wire.Instance,
            Mode = mode,
            RunId = wire.RunId,
            StopTimeout = TimeSpan.FromMilliseconds(Math.Clamp(wire.StopTimeoutMs, 0, (long)WorkloadLimits.StopTimeoutMax.TotalMilliseconds)),
            Lease = TimeSpan.FromMilliseconds(Math.Clamp(wire.LeaseMs, 0, (long)WorkloadLimits.LeaseMax.TotalMilliseconds)),
            Attempts = Math.Max(0, wire.Attempts),
            Unit = Text(wire.Unit),
            Pid = wire.Pid,
            Reason = Text(wire.Reason),
            Rejected = Math.Max(0, wire.Rejected),
            IsOnTrial = wire.IsOnTrial,
            Devices = DeviceCodec.FromWire(wire.Devices),
            IsLeaving = wire.IsLeaving,
            IsMisplaced = wire.IsMisplaced,
            OfferedAbove = Math.Clamp(wire.OfferedAbove, 0, ProtocolLimits.ScoreMax),
            LaunchedAt = new(wire.LaunchedAt),
            Displaces = wire.Displaces.Count == 0 ? default : SlotSet.From(wire.Displaces.Take(Preemption.VictimsMax).Select(Slot).OfType<SlotId>()),
            IsMakingRoom = wire.IsMakingRoom,
            Room = wire.Room is null ? null : SpecCodec.FromWire(wire.Room),
        };
        return DecodeError.None;
    }

    public static byte[] Write(LeaseWord lease) => Wrap(Proto.Write(new WireLease { Session = lease.Session, Counter = lease.Counter }));

    public static DecodeError TryReadLease(ReadOnlyMemory<byte> bytes, out LeaseWord lease)
    {
        var error = TryUnwrap<WireLease>(bytes, out var wire);
        lease = error.IsError ? default : new(wire.Session, wire.Counter);
        return error;
    }

    public static byte[] WriteCall(int ring) => Wrap(Proto.Write(new WireCall { Ring = ring }));

    public static DecodeError TryReadCall(ReadOnlyMemory<byte> bytes, out int ring)
    {
        var error = TryUnwrap<WireCall>(bytes, out var wire);
        ring = error.IsError ? 0 : wire.Ring;
        return !error.IsError && ring is < 1 or > Bucket.Bits + 1 ? new(DecodeFault.Invalid, $"a call for ring {ring}") : error;
    }

    public static byte[] WriteWish(SlotId slot, Epoch epoch, int score) => Wrap(Proto.Write(new WireWish { Workload = slot.Workload.Value, Index = slot.Index, Epoch = epoch.Value, Score = score }));

    public static byte[] WriteQuestion(SlotId slot, ulong instance) => Wrap(Proto.Write(new WireWish { Workload = slot.Workload.Value, Index = slot.Index, Instance = instance }));

    /// <summary>Without a score it is a question about the slot, which that agent's word names.</summary>
    public static DecodeError TryReadWish(ReadOnlyMemory<byte> bytes, out (SlotId Slot, Epoch Epoch, int Score, ulong Instance) wish)
    {
        wish = default;
        var error = TryUnwrap<WireWish>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        if (!WorkloadName.TryParse(wire.Workload, out var workload) || wire.Index is < 0 or >= WorkloadLimits.ReplicasMax || wire.Epoch is < 0 or long.MaxValue || wire.Score is < 0 or > ProtocolLimits.ScoreMax)
        {
            return new(DecodeFault.Invalid, $"a wish for slot {wire.Index} at epoch {wire.Epoch} with score {wire.Score}");
        }

        wish = (new(workload, wire.Index), new(wire.Epoch), wire.Score, wire.Instance);
        return error;
    }

    private static byte[] Wrap(byte[] body) => Proto.Write(new NodeWord { MajorVersion = ProtocolLimits.MajorVersion, Body = body });

    private static DecodeError TryUnwrap<T>(ReadOnlyMemory<byte> bytes, out T body)
        where T : class
    {
        body = null!;
        if (bytes.Length > ProtocolLimits.PayloadBytesMax)
        {
            return new(DecodeFault.TooLarge, $"{bytes.Length} bytes, at most {ProtocolLimits.PayloadBytesMax} are taken");
        }

        if (!Proto.TryRead<NodeWord>(bytes, out var word))
        {
            return new(DecodeFault.Malformed, "not a node's word");
        }

        if (word.MajorVersion != ProtocolLimits.MajorVersion)
        {
            return new(DecodeFault.UnknownVersion, $"major version {word.MajorVersion}, this agent knows {ProtocolLimits.MajorVersion}");
        }

        return word.Body is { } inner && Proto.TryRead(inner, out body)
            ? DecodeError.None
            : new(DecodeFault.Malformed, $"its body is not the message of this topic ({typeof(T).Name[4..]})");
    }

    /// <summary>Null: what is no slot is left out.</summary>
    private static SlotId? Slot(string? text) => text?.LastIndexOf('/') is { } at and > 0 && WorkloadName.TryParse(text[..at], out var workload)
        && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < WorkloadLimits.ReplicasMax ? new SlotId(workload, index) : null;

    private static string Text(string? text) =>
        text is null ? "" : text.Length <= ProtocolLimits.TextLengthMax ? text : text[..ProtocolLimits.TextLengthMax];
}
