using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What the unit of a check is told: one that systemd itself ends in time and forgets, so that nothing of it harms whatever becomes of the agent
/// (systemd.service(5), systemd.exec(5), systemd.kill(5)).
/// </summary>
internal static class CheckProperties
{
    private const int SignalKill = 9;

    /// <summary>LOG_CRIT: the agent tells of what fails, and a line from systemd each second would wear out a device's disk.</summary>
    private const int LogLevelMax = 2;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    /// <param name="m">The call's properties.</param>
    /// <param name="spec">Of the check: its longest run time is its timeout.</param>
    /// <param name="work">The unit beside which it runs: their /tmp is one, and it isn't forgotten before the check is.</param>
    /// <param name="hold">The work's own, as it was when that was started: what has come to be declared since is not loaded.</param>
    /// <param name="output">What it writes to.</param>
    /// <param name="options">The runtime's.</param>
    /// <param name="version">The manager's.</param>
    public static void Write(BusMessage m, UnitSpec spec, string work, UnitHold hold, int output, SystemdRuntimeOptions options, int version)
    {
        UnitProperties.Text(m, "Description", $"Check of {spec.Tag.Slot} of fleet {options.Fleet}");
        UnitProperties.Place(m, spec, options);
        UnitProperties.Text(m, "CollectMode", "inactive-or-failed");
        UnitProperties.Property(m, "After", "as", v => v.Append([work]));
        UnitProperties.Property(m, "JoinsNamespaceOf", "as", v => v.Append([work]));
        UnitProperties.Property(m, "LogLevelMax", "i", v => v.Append(LogLevelMax));

        // Its start is done when it has ended, and has failed where its exit code isn't 0 or it takes too long.
        UnitProperties.Text(m, "Type", "oneshot");
        UnitProperties.Run(m, spec, (ExecRun)spec.Run, []);
        UnitProperties.Time(m, "TimeoutStartUSec", spec.RunTimeMax);
        UnitProperties.Time(m, "TimeoutStopUSec", StopTimeout);
        UnitProperties.Property(m, "KillSignal", "i", v => v.Append(SignalKill));
        foreach (var stream in (string[])["StandardOutputFileDescriptor", "StandardErrorFileDescriptor"])
        {
            UnitProperties.Property(m, stream, "h", v => v.AppendDescriptor(output));
        }

        UnitProperties.Limit(m, spec.Resources);
        UnitProperties.Ceiling(m, spec.CpuMax);
        SandboxProperties.Write(m, spec, hold, options, version);
        UnitProperties.Keep(m, spec, options);
    }
}
