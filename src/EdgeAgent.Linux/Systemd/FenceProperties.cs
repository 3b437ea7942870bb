using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>What the units of the fence, and what is fenced, are told (systemd.unit(5), systemd.timer(5)).</summary>
internal static class FenceProperties
{
    /// <summary>Of a timer that makes the fence fall at this time. What it starts says a packaged drop-in: a transient timer isn't asked (<see cref="FenceName.TimerPrefix"/>).</summary>
    /// <param name="m">The call's properties.</param>
    /// <param name="fence">Names.</param>
    /// <param name="at">When.</param>
    /// <param name="isProlonged">The lease has to be there already, and is not begun.</param>
    public static void WriteTimer(BusMessage m, FenceName fence, FenceTime at, bool isProlonged)
    {
        UnitProperties.Text(m, "Description", "End of the lease of exclusive work");
        Under(m, fence, isProlonged ? "Requisite" : "Requires");
        UnitProperties.Property(m, "TimersMonotonic", "a(st)", v => v.Inside('a', "(st)", a => a.Inside('r', "st", r => r.Append("OnStartupSec").Append(at.SinceStartMicroseconds))));
        UnitProperties.Number(m, "AccuracyUSec", TimerSnapshot.AccuracyMicrosecondsMax);

        // It is started as often as the lease is renewed: with a limit on that it would one day not stand.
        UnitProperties.Number(m, "StartLimitIntervalUSec", 0);
    }

    /// <summary>
    /// It starts only where the lease is active (where an agent was held up between looking and asking, too), is stopped when that is, and before that has ended.
    /// </summary>
    public static void Fence(BusMessage m, FenceName fence) => Under(m, fence, "Requisite");

    private static void Under(BusMessage m, FenceName fence, string dependency)
    {
        Action<BusMessage> lease = v => v.Append([fence.Lease]);
        UnitProperties.Property(m, dependency, "as", lease);
        UnitProperties.Property(m, "After", "as", lease);
    }
}
