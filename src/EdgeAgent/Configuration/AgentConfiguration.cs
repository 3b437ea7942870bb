using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Machine;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Linux.Artifacts;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Configuration;

public enum RuntimeKind
{
    Auto,
    Systemd,
    Process,
}

/// <summary>So many devices of a kind, and their model; empty: not said.</summary>
public sealed record ConfiguredDevices(string Kind, int Count, string Model);

/// <summary>agent.conf, read and checked.</summary>
public sealed record AgentConfiguration
{
    /// <summary>Null: made of the host name and a stored random id.</summary>
    public NodeId? Name { get; init; }

    public required FleetId Fleet { get; init; }

    public required CellId Cell { get; init; }

    public required string Root { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<Taint> Taints { get; init; }

    /// <summary>What is zero is the machine's.</summary>
    public required Resources Capacity { get; init; }

    public required Resources Reserved { get; init; }

    /// <summary>By kind.</summary>
    public required IReadOnlyList<ConfiguredDevices> Devices { get; init; }

    public required IReadOnlyList<string> OperatorKeys { get; init; }

    public required TimeSpan ReconnectWindow { get; init; }

    /// <summary>Work goes where the node is short of memory.</summary>
    public required bool EvictsForMemory { get; init; }

    public required string StateDirectory { get; init; }

    public required string RuntimeDirectory { get; init; }

    public required MqttSettings Broker { get; init; }

    public required RuntimeKind Runtime { get; init; }

    /// <summary>Other agents run work on this machine's systemd too.</summary>
    public required bool IsManagerShared { get; init; }

    /// <summary>Of what is fetched for work; where on the device that lies is the runtime's matter.</summary>
    public required ArtifactOptions Artifacts { get; init; }

    public required Severity LogLevel { get; init; }

    public required bool LogsJson { get; init; }

    /// <summary>As they were given, in the order of the table.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Where it was read.</summary>
    public required string File { get; init; }

    public string SocketPath => Path.Combine(RuntimeDirectory, "agent.sock");

    public string StorePath => Path.Combine(StateDirectory, "edgeagent.db");

    public string WorkDirectory => Path.Combine(StateDirectory, "work");

    /// <summary>What may be given to work: as configured, else the machine's, less what is reserved.</summary>
    public Resources CapacityOf(MachineFacts machine)
    {
        static long Left(long set, long machine, long reserved) => Math.Max(0, (set > 0 ? set : machine) - reserved);
        var (set, has) = (Capacity, machine.Capacity);
        return new Resources(
            new(Left(set.Cpu.Value, has.Cpu.Value, Reserved.Cpu.Value)),
            new(Left(set.Memory.Value, has.Memory.Value, Reserved.Memory.Value)),
            new(Left(set.Disk.Value, has.Disk.Value, Reserved.Disk.Value)),
            Left(set.Tasks, has.Tasks, Reserved.Tasks))
        {
            Devices = DeviceShares.From(Devices.SelectMany(d => DeviceShares.WholeOnes(d.Kind, d.Count))),
        };
    }

    /// <summary>The machine's, and what is said here of its devices.</summary>
    public IReadOnlyDictionary<string, string> FactsOf(MachineFacts machine)
    {
        var facts = new Dictionary<string, string>(machine.Facts, StringComparer.Ordinal);
        foreach (var (kind, count, model) in Devices)
        {
            facts[$"device.{kind}"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (model.Length > 0)
            {
                facts[$"device.{kind}.model"] = model;
            }
        }

        return facts;
    }
}
