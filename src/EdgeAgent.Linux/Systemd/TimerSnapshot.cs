namespace EdgeAgent.Linux.Systemd;

/// <summary>A timer as the manager describes it (org.freedesktop.systemd1(5), Timer).</summary>
/// <param name="ActiveState">Of any unit.</param>
/// <param name="SubState"><c>waiting</c>: its time is to come.</param>
/// <param name="Starts">The unit that it starts.</param>
/// <param name="ElapsesAtMicroseconds">On the monotonic clock.</param>
/// <param name="AccuracyMicroseconds">How much later it may be.</param>
public sealed record TimerSnapshot(string ActiveState, string SubState, string Starts, ulong ElapsesAtMicroseconds, ulong AccuracyMicroseconds)
{
    private const ulong MicrosecondsOfMillisecond = 1000;

    /// <summary>How much later than asked a fence may fall (systemd.timer(5), AccuracySec=).</summary>
    public static readonly TimeSpan AccuracyMax = TimeSpan.FromMilliseconds(10);

    public bool IsWaiting => ActiveState == "active" && SubState == "waiting";

    /// <summary>Empty where it stands as asked; else what is otherwise, for a person.</summary>
    public string Lack(string name, string starts, FenceTime at) => this switch
    {
        { IsWaiting: false } => $"{name} is {ActiveState} ({SubState}), where it has to wait",
        _ when Starts != starts => $"{name} starts {Starts} and not {starts}: is the package's drop-in {FenceName.TimerPrefix}.timer.d there? (systemctl cat {name})",
        _ when AccuracyMicroseconds > (ulong)AccuracyMax.TotalMicroseconds => $"{name} may be late by {AccuracyMicroseconds / MicrosecondsOfMillisecond} ms: something sets its AccuracySec= (systemctl cat {name})",
        _ when ElapsesAtMicroseconds != at.Microseconds => $"{name} elapses at {ElapsesAtMicroseconds} µs of the monotonic clock, and not at {at.Microseconds} (systemctl cat {name})",
        _ => "",
    };
}
