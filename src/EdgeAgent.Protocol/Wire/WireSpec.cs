using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>What should run. Enumerations are the number of Core's value plus one: 0 is "left out". Durations are milliseconds.</summary>
[ProtoContract(Name = "Spec")]
public sealed class WireSpec
{
    [ProtoMember(1)]
    public uint Mode { get; set; }

    [ProtoMember(2)]
    public int Replicas { get; set; }

    [ProtoMember(3)]
    public uint Partition { get; set; }

    [ProtoMember(4)]
    public long LostAfterMs { get; set; }

    [ProtoMember(5)]
    public uint Policy { get; set; }

    [ProtoMember(6)]
    public WireExec? Exec { get; set; }

    [ProtoMember(7)]
    public WireResources? Resources { get; set; }

    [ProtoMember(8)]
    public int JobAttempts { get; set; }

    [ProtoMember(9)]
    public long JobBackoffMs { get; set; }

    [ProtoMember(10)]
    public long JobDeadlineMs { get; set; }

    [ProtoMember(11)]
    public long ProgressDeadlineMs { get; set; }

    [ProtoMember(12)]
    public long StopTimeoutMs { get; set; }

    [ProtoMember(13)]
    public int StopSignal { get; set; }

    [ProtoMember(14)]
    public uint RestartRule { get; set; }

    [ProtoMember(15)]
    public long RestartBackoffMaxMs { get; set; }

    [ProtoMember(16)]
    public List<string> Architectures { get; set; } = [];

    [ProtoMember(17)]
    public List<WirePair> RequiredLabels { get; set; } = [];

    [ProtoMember(18)]
    public List<string> RequiredFacts { get; set; } = [];

    [ProtoMember(19)]
    public List<WirePreference> Prefers { get; set; } = [];

    [ProtoMember(20)]
    public List<WireToleration> Tolerations { get; set; } = [];

    [ProtoMember(21)]
    public int MaxUnavailable { get; set; }

    [ProtoMember(22)]
    public uint Sandbox { get; set; }

    [ProtoMember(23)]
    public List<WirePair> Labels { get; set; } = [];

    [ProtoMember(24)]
    public WireCheck? Health { get; set; }

    [ProtoMember(25)]
    public WireCheck? Ready { get; set; }

    /// <summary>In place of Exec.</summary>
    [ProtoMember(26)]
    public WireUnit? Unit { get; set; }

    /// <summary>Of exclusive work.</summary>
    [ProtoMember(27)]
    public long LeaseMs { get; set; }

    /// <summary>Of exclusive work: the nodes of which a majority has to grant it.</summary>
    [ProtoMember(28)]
    public List<string> Voters { get; set; } = [];

    /// <summary>Ordered by kind.</summary>
    [ProtoMember(29)]
    public List<WireDeviceRequest> Devices { get; set; } = [];

    /// <summary>So many of each kind, used or not; ordered by kind.</summary>
    [ProtoMember(30)]
    public List<WireCount> RequiredDevices { get; set; } = [];

    [ProtoMember(40)]
    public bool AutoRollback { get; set; }

    [ProtoMember(41)]
    public bool Paused { get; set; }

    /// <summary>-1000 to 1000.</summary>
    [ProtoMember(42, DataFormat = DataFormat.ZigZag)]
    public int Priority { get; set; }

    [ProtoMember(45)]
    public WireSpread? Spread { get; set; }

    /// <summary>Workloads that it shares no node with.</summary>
    [ProtoMember(46)]
    public List<string> Apart { get; set; } = [];

    /// <summary>It stays where it is also when another node comes to be clearly better.</summary>
    [ProtoMember(47)]
    public bool StaysPut { get; set; }

    /// <summary>Device nodes that it may use besides.</summary>
    [ProtoMember(48)]
    public List<string> DeviceNodes { get; set; } = [];

    /// <summary>It has a folder that stays.</summary>
    [ProtoMember(49)]
    public bool KeepsState { get; set; }

    [ProtoMember(50)]
    public WireAppArmor? AppArmor { get; set; }

    [ProtoMember(51)]
    public WireFiles? Files { get; set; }

    /// <summary>Thousandths of a core that it may use at most; 0: all that is idle.</summary>
    [ProtoMember(52)]
    public long CpuMaxMilli { get; set; }

    /// <summary>Absent: it may reach what the device can, and be reached.</summary>
    [ProtoMember(53)]
    public WireNetwork? Network { get; set; }
}

/// <summary>Each as the manifest has it: 10.1.0.0/16:5432, and 8080 or 53/udp.</summary>
[ProtoContract(Name = "Network")]
public sealed class WireNetwork
{
    [ProtoMember(1)]
    public List<string> Connect { get; set; } = [];

    [ProtoMember(2)]
    public List<string> Listen { get; set; } = [];
}

/// <summary>The rules between a profile's braces; empty: the agent writes them. What it doesn't allow is told alone where it complains.</summary>
[ProtoContract(Name = "AppArmor")]
public sealed class WireAppArmor
{
    [ProtoMember(1)]
    public string? Profile { get; set; }

    [ProtoMember(2)]
    public bool Complain { get; set; }
}

/// <summary>Absolute paths, of a folder with all that is in it.</summary>
[ProtoContract(Name = "Files")]
public sealed class WireFiles
{
    [ProtoMember(1)]
    public List<string> Read { get; set; } = [];

    [ProtoMember(2)]
    public List<string> Write { get; set; } = [];

    [ProtoMember(3)]
    public List<string> Execute { get; set; } = [];
}

/// <summary>Slot i belongs to the domain of number i mod the number of domains.</summary>
[ProtoContract(Name = "Spread")]
public sealed class WireSpread
{
    [ProtoMember(1)]
    public string? By { get; set; }

    [ProtoMember(2)]
    public List<string> Domains { get; set; } = [];

    [ProtoMember(3)]
    public bool Hard { get; set; }
}

/// <summary>Below 1000 a share of one device, else so many thousandths of whole ones.</summary>
[ProtoContract(Name = "DeviceRequest")]
public sealed class WireDeviceRequest
{
    [ProtoMember(1)]
    public string? Kind { get; set; }

    [ProtoMember(2)]
    public int Milli { get; set; }
}

/// <summary>So many thousandths of the device of that number.</summary>
[ProtoContract(Name = "DeviceShare")]
public sealed class WireDeviceShare
{
    [ProtoMember(1)]
    public string? Kind { get; set; }

    [ProtoMember(2)]
    public int Index { get; set; }

    [ProtoMember(3)]
    public int Milli { get; set; }
}

/// <summary>A unit of systemd. With an image it comes in that.</summary>
[ProtoContract(Name = "Unit")]
public sealed class WireUnit
{
    [ProtoMember(1)]
    public string? Name { get; set; }

    [ProtoMember(2)]
    public string? Image { get; set; }

    [ProtoMember(3)]
    public string? Profile { get; set; }
}

/// <summary>A command whose exit code is asked for again and again.</summary>
[ProtoContract(Name = "Check")]
public sealed class WireCheck
{
    [ProtoMember(1)]
    public List<string> Command { get; set; } = [];

    [ProtoMember(2)]
    public long IntervalMs { get; set; }

    [ProtoMember(3)]
    public long TimeoutMs { get; set; }

    /// <summary>In a row, after which the work is started anew; of health alone.</summary>
    [ProtoMember(4)]
    public int Failures { get; set; }
}

[ProtoContract(Name = "Exec")]
public sealed class WireExec
{
    [ProtoMember(1)]
    public List<string> Command { get; set; } = [];

    [ProtoMember(2)]
    public List<WirePair> Environment { get; set; } = [];

    [ProtoMember(3)]
    public WireArtifact? Artifact { get; set; }
}

/// <summary>An archive that the program comes in, and the SHA-256 of its bytes in base 16.</summary>
[ProtoContract(Name = "Artifact")]
public sealed class WireArtifact
{
    [ProtoMember(1)]
    public string? Url { get; set; }

    [ProtoMember(2)]
    public string? Sha256 { get; set; }
}

/// <summary>Thousandths of a core, bytes, bytes, a count.</summary>
[ProtoContract(Name = "Resources")]
public sealed class WireResources
{
    [ProtoMember(1)]
    public long CpuMilli { get; set; }

    [ProtoMember(2)]
    public long MemoryBytes { get; set; }

    [ProtoMember(3)]
    public long DiskBytes { get; set; }

    [ProtoMember(4)]
    public long Tasks { get; set; }

    /// <summary>Of what a node has and has free; a workload asks in its spec.</summary>
    [ProtoMember(5)]
    public List<WireDeviceShare> Devices { get; set; } = [];
}

[ProtoContract(Name = "Pair")]
public sealed class WirePair
{
    [ProtoMember(1)]
    public string? Key { get; set; }

    [ProtoMember(2)]
    public string? Value { get; set; }
}

[ProtoContract(Name = "Preference")]
public sealed class WirePreference
{
    [ProtoMember(1)]
    public int Weight { get; set; }

    [ProtoMember(2)]
    public List<WirePair> Labels { get; set; } = [];
}

/// <summary>Effect is the number of Core's value plus one; 0 tolerates every effect.</summary>
[ProtoContract(Name = "Toleration")]
public sealed class WireToleration
{
    [ProtoMember(1)]
    public string? Key { get; set; }

    [ProtoMember(2)]
    public string? Value { get; set; }

    [ProtoMember(3)]
    public uint Effect { get; set; }
}
