using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>status/{node}</c>.</summary>
[ProtoContract(Name = "Status")]
public sealed class WireStatus
{
    /// <summary>Milliseconds since 1970, UTC, by the node's clock.</summary>
    [ProtoMember(1)]
    public long AtMs { get; set; }

    [ProtoMember(2)]
    public string? Architecture { get; set; }

    [ProtoMember(3)]
    public string? OperatingSystem { get; set; }

    [ProtoMember(4)]
    public string? Kernel { get; set; }

    [ProtoMember(5)]
    public WireResources? Capacity { get; set; }

    [ProtoMember(6)]
    public WireResources? Free { get; set; }

    [ProtoMember(7)]
    public List<WirePair> Labels { get; set; } = [];

    [ProtoMember(8)]
    public List<WireTaint> Taints { get; set; } = [];

    [ProtoMember(9)]
    public List<WirePair> Facts { get; set; } = [];

    [ProtoMember(10)]
    public string? Runtime { get; set; }

    [ProtoMember(11)]
    public List<string> Features { get; set; } = [];

    [ProtoMember(12)]
    public List<WirePair> Conditions { get; set; } = [];

    [ProtoMember(13)]
    public List<WireCount> Counters { get; set; } = [];

    [ProtoMember(14)]
    public string? Version { get; set; }

    [ProtoMember(15)]
    public string? Sandbox { get; set; }

    /// <summary>Nothing new is placed there.</summary>
    [ProtoMember(16)]
    public bool IsCordoned { get; set; }

    /// <summary>What is to leave it: 0 nothing, 1 what may move, 2 what is pinned too.</summary>
    [ProtoMember(17)]
    public uint Drain { get; set; }

    /// <summary>Labels of its file that an operator has set otherwise, with the file's value.</summary>
    [ProtoMember(18)]
    public List<WirePair> HiddenLabels { get; set; } = [];
}

[ProtoContract(Name = "Taint")]
public sealed class WireTaint
{
    [ProtoMember(1)]
    public string? Key { get; set; }

    [ProtoMember(2)]
    public string? Value { get; set; }

    /// <summary>The number of Core's value plus one.</summary>
    [ProtoMember(3)]
    public uint Effect { get; set; }
}

[ProtoContract(Name = "Count")]
public sealed class WireCount
{
    [ProtoMember(1)]
    public string? Name { get; set; }

    [ProtoMember(2)]
    public long Value { get; set; }
}
