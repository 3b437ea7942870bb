using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>What the manager says of one unit: a signal, or the answer to a call that nobody waited for.</summary>
/// <param name="Unit">Its name, or null where only <paramref name="Path"/> is known.</param>
/// <param name="Path">Of its object.</param>
/// <param name="Job">The path of a job that ended.</param>
/// <param name="JobResult">How it ended, such as <c>done</c> or <c>failed</c>.</param>
internal sealed record UnitSignal(string? Unit, string Path, string? Job = null, string? JobResult = null)
{
    /// <summary>What of the unit changed, where that was told.</summary>
    public UnitChange? Change { get; private init; }

    /// <summary>The manager has forgotten the unit, or reads all units anew (systemctl daemon-reload).</summary>
    public bool IsRemoved { get; private init; }

    /// <summary>The number of the call that this answers: with <see cref="Job"/>, or with <see cref="Error"/>.</summary>
    public ulong? Answers { get; private init; }

    /// <summary>Its D-Bus name and, for a person, its message.</summary>
    public (string Name, string Message)? Error { get; private init; }

    public static UnitSignal? Of(BusMessage message)
    {
        if (message.Answers is { } call)
        {
            return message.Error is { } error ? new UnitSignal(null, "") { Answers = call, Error = (error.Name, error.Message) } : new UnitSignal(null, "", message.ReadString('o')) { Answers = call };
        }

        switch (message.Member)
        {
            case "PropertiesChanged":
                return new UnitSignal(null, message.Path) { Change = UnitChange.Of(message) };
            case var removal when removal == SystemdContract.UnitRemoved.Name:
                var removed = message.ReadString();
                return new UnitSignal(removed, UnitName.PathOf(removed)) { IsRemoved = true };
            case var end when end == SystemdContract.JobRemoved.Name:
                message.ReadUInt32();
                var job = message.ReadString('o');
                var unit = message.ReadString();
                return new UnitSignal(unit, UnitName.PathOf(unit), job, message.ReadString());
            case "Disconnected":
                throw new BusException("", "systemd ended the connection", isLost: true);
            default:
                return null;
        }
    }
}
