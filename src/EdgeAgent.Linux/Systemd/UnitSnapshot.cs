using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>A unit as the manager describes it (org.freedesktop.systemd1(5)), and what that means to the port.</summary>
internal sealed record UnitSnapshot(string ActiveState, string SubState)
{
    /// <summary>Exit codes of the steps between fork and exec (systemd.exec(5), "Process Exit Codes").</summary>
    public const int SetupExitMin = 200;
    public const int SetupExitMax = 243;

    // waitid(2), si_code.
    private const int ExitedNormally = 1;
    private const int EndedBySignal = 2;
    private const int EndedBySignalWithDump = 3;

    /// <summary>One that was only just asked for.</summary>
    public static readonly UnitSnapshot Blank = new("inactive", "dead");

    /// <summary>A job of it is queued or under way: while systemd restarts a unit it is inactive for a moment.</summary>
    public bool HasJob { get; init; }

    public int MainPid { get; init; }

    public ulong StartedMicroseconds { get; init; }

    public int Restarts { get; init; }

    public string Result { get; init; } = "";

    public int ExitKind { get; init; }

    public int ExitStatus { get; init; }

    public bool IsRunning => ActiveState is "active" or "reloading" && SubState != "exited" && MainPid > 0;

    /// <summary>Nothing of it runs and the manager will not start it again.</summary>
    public bool IsDown => !HasJob && (ActiveState is "failed" or "inactive" || SubState == "exited");

    /// <summary>Down, and forgotten as soon as no process is left of it.</summary>
    public bool IsInactive => ActiveState == "inactive";

    public bool IsFailed => ActiveState == "failed";

    /// <summary>Its process ended by itself, and said that all is well.</summary>
    public bool EndedWell => IsInactive && Result == "success" && ExitKind == ExitedNormally && ExitStatus == 0;

    public DateTimeOffset StartedAt => DateTimeOffset.UnixEpoch.AddTicks((long)Math.Min(StartedMicroseconds, long.MaxValue / 20) * 10);

    /// <param name="hasRun">Its program was seen to run: an exit code of a setup step is then the program's own.</param>
    /// <returns>How it ended, with a sentence for a person.</returns>
    public (UnitResult Result, int Status, string Detail) End(bool hasRun) => Result switch
    {
        "oom-kill" => (UnitResult.OutOfMemory, ExitStatus, "it used more memory than it asked for, and the kernel killed it"),
        "timeout" when hasRun => (UnitResult.Deadline, ExitStatus, "it ran longer than it may"),
        "timeout" => (UnitResult.StartFailed, 0, "its start took longer than it may"),
        "start-limit-hit" => (UnitResult.StartFailed, 0, "it was started more often than its start limit allows (systemd.unit(5), StartLimitBurst=)"),
        "watchdog" => (UnitResult.Killed, ExitStatus, "its watchdog was not fed in time"),
        "resources" => (UnitResult.StartFailed, 0, "systemd could not make it: see journalctl -u for the unit"),
        _ when ExitKind is EndedBySignal or EndedBySignalWithDump => (UnitResult.Killed, ExitStatus, $"ended by signal {ExitStatus}"),
        _ when IsInactive => (UnitResult.Unknown, 0, "somebody else stopped it (systemctl stop)"),
        _ when ExitKind == ExitedNormally && ExitStatus == 0 && !IsFailed => (UnitResult.Success, 0, ""),
        _ when ExitKind == ExitedNormally && !hasRun && ExitStatus is >= SetupExitMin and <= SetupExitMax => (UnitResult.StartFailed, ExitStatus, DescribeSetup(ExitStatus)),
        _ when ExitKind == ExitedNormally => (UnitResult.ExitCode, ExitStatus, $"exit code {ExitStatus}"),
        _ => (UnitResult.Unknown, 0, $"systemd says {ActiveState}, {SubState}, {Result}"),
    };

    private static string DescribeSetup(int status) => status switch
    {
        203 => "the program can't be executed: is it there, executable for others than root, and for this machine? A strict sandbox has no /home and no /root",
        217 => "its own user can't be made on this machine (217/USER): try security: {sandbox: relaxed}",
        226 => "its confinement can't be set up on this machine (226/NAMESPACE)",
        228 => "its system calls can't be filtered on this machine (228/SECCOMP): the kernel lacks it",
        231 => "its AppArmor profile is not loaded any more (231/APPARMOR): somebody has taken it out",
        _ => $"systemd could not prepare its process: step {status} of systemd.exec(5), \"Process Exit Codes\"",
    };
}
