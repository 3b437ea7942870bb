using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What a workload's unit is told at its start, each as systemd.service(5), systemd.exec(5), systemd.kill(5) and
/// systemd.resource-control(5) name it.
/// </summary>
internal static class UnitProperties
{
    /// <summary>Since this version a restart's wait can grow.</summary>
    private const int VersionOfRestartSteps = 254;

    private const string AgentUnit = "edgeagent.service";

    /// <summary>Octal 700: no other slot's user reads it.</summary>
    private const uint StateMode = 0x1C0;

    private const int RestartStepsMax = 30;
    private const int MillicoresOfCore = 1000;
    private const int UsualWeight = 100;
    private const int WeightMax = 10000;
    private static readonly TimeSpan FirstRestartWait = TimeSpan.FromMilliseconds(100);

    /// <summary>Where the wait can't grow it is this one.</summary>
    private static readonly TimeSpan EvenRestartWait = TimeSpan.FromSeconds(1);

    // SIGHUP, SIGINT, SIGPIPE, SIGTERM: a clean end to systemd, but who sent them wasn't the agent.
    private static readonly int[] CleanSignals = [1, 2, 13, 15];

    private static readonly int[] SetupExits = [.. Enumerable.Range(UnitSnapshot.SetupExitMin, UnitSnapshot.SetupExitMax - UnitSnapshot.SetupExitMin + 1)];

    public static void Write(BusMessage m, UnitSpec spec, ExecRun program, UnitHold hold, IEnumerable<string> marks, SystemdRuntimeOptions options, ManagerBus manager)
    {
        Text(m, "Description", DescriptionOf(spec.Tag, options));
        Place(m, spec, options);

        // At shutdown the order is turned round: first the agent ends, which then sees no unit ended by "somebody else".
        Property(m, "Before", "as", v => v.Append([AgentUnit]));
        Text(m, "SyslogIdentifier", spec.Tag.Slot.Workload.Value);
        Property(m, "LogExtraFields", "aay", v => v.Inside('a', "ay", a => a.AppendBytes(UnitName.JournalField(spec.Tag.Incarnation))));

        // The start is done when the program has been executed, and has failed where it can't be.
        Text(m, "Type", "exec");
        Run(m, spec, program, marks);
        Restart(m, spec.Restart, manager.Version);
        Stop(m, spec);
        Limit(m, spec.Resources);
        Ceiling(m, spec.CpuMax);
        SandboxProperties.Write(m, spec, hold, options, manager.Version);
        Keep(m, spec, options);
    }

    /// <summary>Of a unit that only stands beside the one that does the work. It has no process; that it may have none wants an ExecStop= (systemd.service(5), Type=).</summary>
    public static void WriteMark(BusMessage m, UnitTag tag, IEnumerable<string> marks, UnitRun run, SystemdRuntimeOptions options)
    {
        Text(m, "Description", $"{DescriptionOf(tag, options)}: {run.Unit}");
        Text(m, "Slice", options.Slice);
        Text(m, "Type", "oneshot");
        Truth(m, "RemainAfterExit", true);
        Command(m, "ExecStop", ["/bin/true"]);
        Property(m, "Environment", "as", v => v.Append(marks));
    }

    /// <summary>Its slice and, of what is fenced, the lease that it hangs on.</summary>
    internal static void Place(BusMessage m, UnitSpec spec, SystemdRuntimeOptions options)
    {
        Text(m, "Slice", spec.IsFenced ? options.ExclusiveSlice : options.Slice);
        if (spec.IsFenced)
        {
            FenceProperties.Fence(m, options.Fence);
        }
    }

    internal static void Keep(BusMessage m, UnitSpec spec, SystemdRuntimeOptions options)
    {
        if (spec.KeepsState)
        {
            Property(m, "StateDirectory", "as", v => v.Append([StateFolders.Of(spec.Tag, options)]));
            Property(m, "StateDirectoryMode", "u", v => v.Append(StateMode));
        }
    }

    private static string DescriptionOf(UnitTag tag, SystemdRuntimeOptions options) => $"{tag.Slot} of fleet {options.Fleet}, generation {tag.Generation}";

    /// <summary>As every runtime gives it to the program: what has a dollar in it is the program's own, and not systemd's to expand.</summary>
    internal static void Run(BusMessage m, UnitSpec spec, ExecRun program, IEnumerable<string> marks)
    {
        var artifact = ArtifactMount.SeenAt(spec);
        Property(m, "ExecStartEx", "a(sasas)", v => v.Inside('a', "(sasas)", a => a.Inside('r', "sasas", r => r.Append(ArtifactMount.Resolve(program.Command[0], artifact)).Append(program.Command).Append(["no-env-expand"]))));
        Property(m, "Environment", "as", v => v.Append([.. spec.Environment.Select(e => $"{e.Key}={e.Value}"), .. artifact is null ? Array.Empty<string>() : [$"{ArtifactMount.Variable}={artifact}"], .. marks]));
        if (artifact is not null)
        {
            ArtifactMount.Write(m, spec.Artifact!, artifact);
        }
    }

    private static void Restart(BusMessage m, RestartPolicy policy, int version)
    {
        Text(m, "Restart", policy.Rule switch { RestartRule.Always => "always", RestartRule.OnFailure => "on-failure", _ => "no" });

        // Its result is kept until it is asked for: a unit that ended well and doesn't remain is forgotten at once.
        Truth(m, "RemainAfterExit", policy.Rule != RestartRule.Always);
        Codes(m, "RestartPreventExitStatus", SetupExits, []);
        if (policy.Rule == RestartRule.OnFailure)
        {
            Codes(m, "RestartForceExitStatus", [], CleanSignals);
        }

        // Without this five restarts in ten seconds would be its last.
        Time(m, "StartLimitIntervalUSec", TimeSpan.Zero);
        if (version < VersionOfRestartSteps)
        {
            Time(m, "RestartUSec", policy.BackoffMax < EvenRestartWait ? policy.BackoffMax : EvenRestartWait);
            return;
        }

        var steps = (uint)Math.Clamp(Math.Ceiling(Math.Log2(policy.BackoffMax / FirstRestartWait)), 0, RestartStepsMax);
        Time(m, "RestartUSec", FirstRestartWait);
        if (steps > 0)
        {
            Property(m, "RestartSteps", "u", v => v.Append(steps));
            Time(m, "RestartMaxDelayUSec", policy.BackoffMax);
        }
    }

    private static void Stop(BusMessage m, UnitSpec spec)
    {
        Property(m, "KillSignal", "i", v => v.Append(spec.Stop.Signal));

        // Zero would mean without end.
        Time(m, "TimeoutStopUSec", spec.Stop.Timeout > TimeSpan.Zero ? spec.Stop.Timeout : TimeSpan.FromMilliseconds(1));
        if (spec.RunTimeMax > TimeSpan.Zero)
        {
            Time(m, "RuntimeMaxUSec", spec.RunTimeMax);
        }
    }

    internal static void Limit(BusMessage m, Resources resources)
    {
        if (resources.Memory.Value > 0)
        {
            Number(m, "MemoryMax", (ulong)resources.Memory.Value);
        }

        if (resources.Cpu.Value > 0)
        {
            // A share when cores are scarce, not a ceiling: what is idle may be used. A whole core is systemd's usual weight.
            Number(m, "CPUWeight", (ulong)Math.Clamp(resources.Cpu.Value * UsualWeight / MillicoresOfCore, 1, WeightMax));
        }

        if (resources.Tasks > 0)
        {
            Number(m, "TasksMax", (ulong)resources.Tasks);
        }
    }

    /// <summary>By the microseconds of a second that it may run, which systemd calls CPUQuota=.</summary>
    internal static void Ceiling(BusMessage m, MilliCpu cpuMax)
    {
        if (cpuMax.Value > 0)
        {
            Time(m, "CPUQuotaPerSecUSec", TimeSpan.FromMilliseconds(cpuMax.Value));
        }
    }

    private static void Command(BusMessage m, string name, IReadOnlyList<string> words) =>
        Property(m, name, "a(sasb)", v => v.Inside('a', "(sasb)", a => a.Inside('r', "sasb", r => r.Append(words[0]).Append(words).Append(false))));

    internal static void Text(BusMessage m, string name, string value) => Property(m, name, "s", v => v.Append(value));

    internal static void Truth(BusMessage m, string name, bool value) => Property(m, name, "b", v => v.Append(value));

    internal static void Number(BusMessage m, string name, ulong value) => Property(m, name, "t", v => v.Append(value));

    internal static void Time(BusMessage m, string name, TimeSpan value) => Number(m, name, (ulong)(value.Ticks / TimeSpan.TicksPerMicrosecond));

    private static void Codes(BusMessage m, string name, int[] exits, int[] signals) => Property(m, name, "(aiai)", v => v.Inside('r', "aiai", r =>
    {
        r.Inside('a', "i", a => Array.ForEach(exits, c => a.Append(c)));
        r.Inside('a', "i", a => Array.ForEach(signals, c => a.Append(c)));
    }));

    internal static void Property(BusMessage m, string name, string type, Action<BusMessage> value) =>
        m.Inside('r', "sv", r => r.Append(name).Inside('v', type, value));
}
