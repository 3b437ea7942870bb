using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>What operators have said of a node, as its disk keeps it.</summary>
[ProtoContract(Name = "Marks")]
public sealed class WireMarks
{
    [ProtoMember(1)]
    public long Revision { get; set; }

    [ProtoMember(2)]
    public bool IsCordoned { get; set; }

    /// <summary>0 nothing, 1 what may move, 2 what is pinned too.</summary>
    [ProtoMember(3)]
    public uint Drain { get; set; }

    [ProtoMember(4)]
    public List<WirePair> Labels { get; set; } = [];

    /// <summary>Labels of its file that were taken away.</summary>
    [ProtoMember(5)]
    public List<string> LabelsGone { get; set; } = [];

    [ProtoMember(6)]
    public List<WireTaint> Taints { get; set; } = [];

    /// <summary>Taints of its file that were taken away; their values say nothing.</summary>
    [ProtoMember(7)]
    public List<WireTaint> TaintsGone { get; set; } = [];

    [ProtoMember(8)]
    public long EnrolledSerial { get; set; }

    /// <summary>The revision in which it was last drained.</summary>
    [ProtoMember(9)]
    public long DrainOrder { get; set; }
}
