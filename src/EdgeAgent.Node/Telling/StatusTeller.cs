using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Keeping;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Telling;

/// <summary>The status: said at connect, and when something of it has changed, at most once in <see cref="NodeLimits.StatusInterval"/>.</summary>
internal sealed class StatusTeller(NodeOptions options, TopicSpace topics, NodeCore core, NodeConditions conditions, Counters counters, Outbox outbox, LoopClock clock, NodePorts ports, Answering.MarksDesk marks)
{
    /// <summary>Of each resource such a part of the capacity may be free or taken before it is told: every placement would be one more message otherwise.</summary>
    private const int PartsOfDeadBand = 20;

    private (NodeOptions? Options, Resources Free, (string? Failure, bool IsStoreSuspect, PressureLevel Pressure) Conditions, bool HasRefused) _said;
    private readonly IReadOnlyList<string> _features = NodeFeatures.Of(ports);
    private TimeSpan? _dueAt;
    private TimeSpan _saidAt = -NodeLimits.StatusInterval;

    public NodeOptions Options { get; set; } = options;

    public TimeSpan? DueAt => _dueAt;

    /// <summary>Everything has been read, so that who sees this status may count on the node.</summary>
    public void LinkRead() => Say();

    public void LinkDown() => _dueAt = null;

    /// <summary>An operator waits to see it.</summary>
    public void SaySoon() => _isUrgent = true;

    private bool _isUrgent;

    public void EndTurn(bool isOpen)
    {
        if (!isOpen)
        {
            return;
        }

        if (_isUrgent)
        {
            _isUrgent = false;
            _dueAt = _saidAt + NodeLimits.StatusInterval > clock.Now ? _saidAt + NodeLimits.StatusInterval : clock.Now;
        }
        else if (_dueAt is null && HasNews())
        {
            // Not at once: a placement of many changes what is free many times.
            var after = _saidAt + NodeLimits.StatusInterval;
            _dueAt = after > clock.Now + NodeLimits.StatusInterval ? after : clock.Now + NodeLimits.StatusInterval;
        }

        if (_dueAt <= clock.Now)
        {
            Say();
        }
    }

    public NodeStatus Describe() => new()
    {
        Node = Options.Node,
        At = clock.Wall,
        Architecture = Options.Architecture,
        OperatingSystem = Options.OperatingSystem,
        Kernel = Options.Kernel,
        Capacity = Options.Capacity,
        Free = core.Free,
        Labels = Options.Labels,
        Taints = Options.Taints,
        IsCordoned = marks.Marks.IsCordoned,
        Drain = marks.Marks.Drain,
        HiddenLabels = marks.HiddenLabels,
        Facts = Options.Facts,
        Runtime = ports.Runtime.Name,
        Sandbox = ports.Runtime.Sandbox,
        Features = _features,
        Conditions = conditions.All,
        Counters = counters.All,
        Version = Options.Version,
    };

    /// <summary>Asked in every turn.</summary>
    private bool HasNews()
    {
        if (_said.Options != Options || _said.Conditions != conditions.Key || _said.HasRefused != counters.HasRefused)
        {
            return true;
        }

        var (free, whole) = (core.Free, Options.Capacity);
        return free != _said.Free && (free == whole
            || IsBeyondBand(free.Cpu.Value, _said.Free.Cpu.Value, whole.Cpu.Value) || IsBeyondBand(free.Memory.Value, _said.Free.Memory.Value, whole.Memory.Value)
            || IsBeyondBand(free.Disk.Value, _said.Free.Disk.Value, whole.Disk.Value) || IsBeyondBand(free.Tasks, _said.Free.Tasks, whole.Tasks)
            || IsBeyondBand(Sum(free.Devices), Sum(_said.Free.Devices), Sum(whole.Devices)));
    }

    private static long Sum(DeviceShares devices)
    {
        var sum = 0L;
        foreach (var share in devices.AsSpan())
        {
            sum += share.Milli;
        }

        return sum;
    }

    private static bool IsBeyondBand(long free, long said, long whole) => Math.Abs(free - said) > whole / PartsOfDeadBand;

    private void Say()
    {
        (_said, _dueAt, _saidAt) = ((Options, core.Free, conditions.Key, counters.HasRefused), null, clock.Now);
        outbox.Publish(topics.Status(Options.Node), WordCodec.Write(Describe()), retain: true);
    }
}

/// <summary>What is not as it should be, with a sentence each.</summary>
internal sealed class NodeConditions(bool hasTrustedKey, Keeper keeper, Func<bool> isStoreSuspect, Answering.MarksDesk marks)
{
    /// <summary>Two that are equal have the same conditions; whether a key is trusted doesn't change while the agent runs.</summary>
    public (string? Failure, bool IsStoreSuspect, PressureLevel Pressure) Key => (keeper.Failure, isStoreSuspect(), marks.Pressure.Level);

    public IReadOnlyDictionary<string, string> All
    {
        get
        {
            var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
            if (!hasTrustedKey)
            {
                all["NoTrustedKey"] = "no operator's key is trusted, so nothing is applied: set OperatorKeys in agent.conf";
            }

            if (keeper.Failure is { } failure)
            {
                all["StoreFailing"] = $"the store can't be written, so nothing new is held: {failure}";
            }

            if (marks.Pressure is { Level: not PressureLevel.None } pressure)
            {
                all["MemoryPressure"] = pressure.Text;
            }

            if (isStoreSuspect())
            {
                all["BrokerStoreSuspect"] = "the broker has forgotten what it had acknowledged; copies of the intents are followed";
            }

            return all;
        }
    }
}

/// <summary>What this agent can do; an intent lists what it needs.</summary>
public static class NodeFeatures
{
    public static IReadOnlyList<string> Of(NodePorts ports) =>
        ["health.exec/1", "mode.everywhere/1", "mode.job/1", Fragmentation, "ready.exec/1", RequiresDevices, Devices, Domains, Apart, AutoRollback, Paused, .. ports.Runtime.Features, .. ports.Runtime.FenceLack.Length == 0 ? [Exclusive, Voters] : Array.Empty<string>(), .. ports.Artifacts.Lack.Length == 0 ? [Core.Workloads.Artifact.Feature] : Array.Empty<string>()];

    /// <summary>Shares of devices and whole ones are given to work.</summary>
    public const string Devices = "resources.devices/1";

    /// <summary>A workload may want a node that has devices.</summary>
    public const string RequiresDevices = "requires.devices/1";

    /// <summary>The policy of that name.</summary>
    public const string Fragmentation = "policy.fragmentation/1";

    /// <summary>Slots are dealt to domains.</summary>
    public const string Domains = "spread.domains/1";

    /// <summary>Workloads that share no node.</summary>
    public const string Apart = "placement.apart/1";

    /// <summary>Bad work goes home by itself.</summary>
    public const string AutoRollback = "update.autoRollback/1";

    /// <summary>A change may be held back.</summary>
    public const string Paused = "update.paused/1";

    /// <summary>A fence that ends exclusive work without the agent.</summary>
    public const string Exclusive = "partition.exclusive/1";

    /// <summary>Exclusive work that a majority of voters grants.</summary>
    public const string Voters = "partition.voters/1";
}
