using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Configuration;

public enum RuntimeKind
{
    Auto,
    Systemd,
    Process,
}

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

    public required IReadOnlyList<string> OperatorKeys { get; init; }

    public required TimeSpan ReconnectWindow { get; init; }

    public required string StateDirectory { get; init; }

    public required string RuntimeDirectory { get; init; }

    public required MqttSettings Broker { get; init; }

    public required RuntimeKind Runtime { get; init; }

    public required Severity LogLevel { get; init; }

    public required bool LogsJson { get; init; }

    /// <summary>Where it was read.</summary>
    public required string File { get; init; }

    public string SocketPath => Path.Combine(RuntimeDirectory, "agent.sock");

    public string StorePath => Path.Combine(StateDirectory, "edgeagent.db");

    public string WorkDirectory => Path.Combine(StateDirectory, "work");
}
