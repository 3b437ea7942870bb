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
        foreach (var field in UnitFields.All)
        {
            if (field.Property.Name == property)
            {
                m.Enter('v', field.Property.Type);
                _changes.Add(field.Read(m));
                m.Exit();
                return;
            }
        }

        m.Skip("v");
    }
}
