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
            case "ActiveState":
                var active = In(m, "s", v => v.ReadString());
                _changes.Add(s => s with { ActiveState = active });
                break;
            case "SubState":
                var sub = In(m, "s", v => v.ReadString());
                _changes.Add(s => s with { SubState = sub });
                break;
            case "MainPID":
                var pid = In(m, "u", v => (int)v.ReadUInt32());
                _changes.Add(s => s with { MainPid = pid });
                break;
            case "ExecMainStartTimestamp":
                var started = In(m, "t", v => v.ReadUInt64());
                _changes.Add(s => s with { StartedMicroseconds = started });
                break;
            case "NRestarts":
                var restarts = In(m, "u", v => (int)v.ReadUInt32());
                _changes.Add(s => s with { Restarts = restarts });
                break;
            case "Result":
                var result = In(m, "s", v => v.ReadString());
                _changes.Add(s => s with { Result = result });
                break;
            case "ExecMainCode":
                var kind = In(m, "i", v => v.ReadInt32());
                _changes.Add(s => s with { ExitKind = kind });
                break;
            case "ExecMainStatus":
                var status = In(m, "i", v => v.ReadInt32());
                _changes.Add(s => s with { ExitStatus = status });
                break;
            default:
                m.Skip("v");
                break;
        }
    }

    private static T In<T>(BusMessage m, string type, Func<BusMessage, T> read)
    {
        m.Enter('v', type);
        var value = read(m);
        m.Exit();
        return value;
    }
}
