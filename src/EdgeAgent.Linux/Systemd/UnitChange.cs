using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What <c>PropertiesChanged</c> says of a unit. The manager sends one signal for what all units have and one for what services have, the
/// latter first, so that with the former the whole change is known (org.freedesktop.systemd1(5)).
/// </summary>
internal sealed class UnitChange
{
    private readonly List<Func<UnitSnapshot, UnitSnapshot>> _changes = [];

    /// <summary>The change is whole with this.</summary>
    public bool IsLast { get; private init; }

    public static UnitChange Of(BusMessage message)
    {
        var change = new UnitChange { IsLast = message.ReadString() == SystemdNames.Unit };
        message.Enter('a', "{sv}");
        while (message.Enter('e', "sv"))
        {
            change.Take(message, message.ReadString());
            message.Exit();
        }

        return change;
    }

    public UnitSnapshot Apply(UnitSnapshot before)
    {
        foreach (var change in _changes)
        {
            before = change(before);
        }

        return before;
    }

    private void Take(BusMessage m, string property)
    {
        switch (property)
        {
            case var n when n == SystemdContract.ActiveState.Name:
                var active = In(m, SystemdContract.ActiveState, v => v.ReadString());
                _changes.Add(s => s with { ActiveState = active });
                break;
            case var n when n == SystemdContract.SubState.Name:
                var sub = In(m, SystemdContract.SubState, v => v.ReadString());
                _changes.Add(s => s with { SubState = sub });
                break;
            case var n when n == SystemdContract.MainPid.Name:
                var pid = In(m, SystemdContract.MainPid, v => (int)v.ReadUInt32());
                _changes.Add(s => s with { MainPid = pid });
                break;
            case var n when n == SystemdContract.ExecMainStartTimestamp.Name:
                var started = In(m, SystemdContract.ExecMainStartTimestamp, v => v.ReadUInt64());
                _changes.Add(s => s with { StartedMicroseconds = started });
                break;
            case var n when n == SystemdContract.NRestarts.Name:
                var restarts = In(m, SystemdContract.NRestarts, v => (int)v.ReadUInt32());
                _changes.Add(s => s with { Restarts = restarts });
                break;
            case var n when n == SystemdContract.Result.Name:
                var result = In(m, SystemdContract.Result, v => v.ReadString());
                _changes.Add(s => s with { Result = result });
                break;
            case var n when n == SystemdContract.ExecMainCode.Name:
                var kind = In(m, SystemdContract.ExecMainCode, v => v.ReadInt32());
                _changes.Add(s => s with { ExitKind = kind });
                break;
            case var n when n == SystemdContract.ExecMainStatus.Name:
                var status = In(m, SystemdContract.ExecMainStatus, v => v.ReadInt32());
                _changes.Add(s => s with { ExitStatus = status });
                break;
            default:
                m.Skip("v");
                break;
        }
    }

    private static T In<T>(BusMessage m, BusProperty property, Func<BusMessage, T> read)
    {
        m.Enter('v', property.Type);
        var value = read(m);
        m.Exit();
        return value;
    }
}
