using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation.Faults;

/// <summary>What the simulated programs do.</summary>
internal static class SimWork
{
    public const string Service = "/bin/service";
    public const string Job = "/bin/job";

    /// <summary>Its process ends a while after each start.</summary>
    public const string Bad = "/bin/bad";

    private static readonly TimeSpan BadLasts = TimeSpan.FromMilliseconds(100);

    public static TimeSpan? CrashesAfter(UnitSpec spec) => IsBad(spec.Run) ? BadLasts : null;

    public static bool IsBad(WorkRun run) => run is ExecRun { Command: [Bad, ..] };

    public static bool IsJob(UnitSpec spec) => spec.Run is ExecRun { Command: [Job, ..] };

    /// <summary>A job takes as long as its argument says, one to some twenty seconds.</summary>
    public static TimeSpan Lasts(UnitSpec spec) =>
        TimeSpan.FromSeconds(1) + TimeSpan.FromMilliseconds(20 * int.Parse(((ExecRun)spec.Run).Command[1], System.Globalization.CultureInfo.InvariantCulture));
}
