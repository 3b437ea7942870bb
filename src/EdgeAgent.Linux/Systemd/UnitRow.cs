using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>A row of systemd's lists of units (org.freedesktop.systemd1(5), ListUnits): as much of it as is wanted here.</summary>
internal readonly record struct UnitRow(string Unit, string Description)
{
    private const string Contents = "ssssssouso";

    public static List<UnitRow> ReadAll(BusMessage answer)
    {
        var rows = new List<UnitRow>();
        answer.Enter('a', $"({Contents})");
        while (answer.Enter('r', Contents))
        {
            rows.Add(new UnitRow(answer.ReadString(), answer.ReadString()));
            answer.Skip(Contents[2..]);
            answer.Exit();
        }

        return rows;
    }
}
