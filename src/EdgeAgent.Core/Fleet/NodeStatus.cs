using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Fleet;

/// <summary>The slow things of a node. Only operators' tools follow it.</summary>
public sealed record NodeStatus
{
    public required NodeId Node { get; init; }

    /// <summary>When it was said, by the node's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Debian's name: <c>amd64</c>, <c>arm64</c>.</summary>
    public string Architecture { get; init; } = "";

    public string OperatingSystem { get; init; } = "";

    public string Kernel { get; init; } = "";

    /// <summary>What the agent may give away: the machine's less what is reserved, or as configured.</summary>
    public Resources Capacity { get; init; }

    public Resources Free { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Nothing new is placed there.</summary>
    public bool IsCordoned { get; init; }

    public DrainScope Drain { get; init; }

    /// <summary>Labels of its configuration file that an operator has set otherwise, with the file's value.</summary>
    public IReadOnlyDictionary<string, string> HiddenLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>Facts that placement may ask for, in the expression language's text form.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary><c>systemd</c> or <c>process</c>.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>What the runtime confines work with: <c>basic</c>, <c>partial</c> or <c>none</c>.</summary>
    public string Sandbox { get; init; } = "";

    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>What is not as it should be, such as <c>NoTrustedKey</c>, with a sentence.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>();

    /// <summary>Counters since the start: what was refused, dropped, suppressed.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();

    public string Version { get; init; } = "";
}

/// <summary>Something that happened on a node.</summary>
public sealed record NodeEvent(NodeId Node, DateTimeOffset At, string Kind, string Subject, string Reason, string Message)
{
    /// <summary>How many like it were not told in the minute before.</summary>
    public long Suppressed { get; init; }
}
