using ProtoBuf;
using ProtoBuf.Meta;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The serializer of every message, made at compile time: nothing is reflected on at run time.</summary>
[ProtoModel]
[ProtoSerializable(typeof(NodeWord))]
[ProtoSerializable(typeof(WireIntent))]
[ProtoSerializable(typeof(WireCommand))]
[ProtoSerializable(typeof(WirePresence))]
[ProtoSerializable(typeof(WireStatus))]
[ProtoSerializable(typeof(WireClaim))]
[ProtoSerializable(typeof(WireReply))]
[ProtoSerializable(typeof(WireEvent))]
[ProtoSerializable(typeof(WireLease))]
[ProtoSerializable(typeof(WireCall))]
[ProtoSerializable(typeof(WireWish))]
[ProtoSerializable(typeof(WireVote))]
[ProtoSerializable(typeof(WireGrant))]
[ProtoSerializable(typeof(WireMarks))]
[ProtoSerializable(typeof(WireRetirement))]
public partial class FleetModel : TypeModel;
