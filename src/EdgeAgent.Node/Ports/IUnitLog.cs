using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Ports;

/// <summary>Reads what units wrote; not part of the loop, for it may take long. Safe to call from any thread.</summary>
public interface IUnitLog
{
    /// <summary>
    /// Lines as they were written, oldest first, without their line feed; with <see cref="LogQuery.Follow"/> it goes on until cancelled. An
    /// <see cref="IOException"/> says for a person what hindered it.
    /// </summary>
    IAsyncEnumerable<LogLine> Read(LogQuery query, CancellationToken cancel);
}

/// <summary>Whose lines: a slot's, or those of any unit of this machine by its name, such as <c>ssh.service</c>.</summary>
public readonly record struct LogSource
{
    /// <param name="slot">Whose.</param>
    /// <param name="unit">The unit that does its work, where that isn't one of the agent's own.</param>
    public LogSource(SlotId slot, string? unit = null) => (Slot, Unit) = (slot, unit);

    public LogSource(string unit) => Unit = unit;

    public SlotId Slot { get; }

    /// <summary>Null: the slot's own.</summary>
    public string? Unit { get; }

    public override string ToString() => Slot == default ? Unit ?? "" : Slot.ToString();
}

/// <summary>Which lines. All bounds hold together, but that <see cref="After"/> takes the place of <see cref="Lines"/> and <see cref="Since"/>.</summary>
public sealed record LogQuery(LogSource Source)
{
    /// <summary>Of what was there before, the last ones; null: all that is kept.</summary>
    public int? Lines { get; init; }

    public bool Follow { get; init; }

    /// <summary>Of a slot only what this workload wrote, and not one of the same name that was deleted before it. Null, or where that isn't known: all.</summary>
    public Incarnation? Incarnation { get; init; }

    /// <summary>Goes on behind the line that had this <see cref="LogLine.Cursor"/>; where that isn't kept any more, with what came after it, and says so.</summary>
    public string? After { get; init; }

    /// <summary>By the device's wall clock.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The least important that counts, as syslog(3) numbers them: 0 emergency, 3 error, 4 warning, 6 info, 7 all.</summary>
    public int PriorityMax { get; init; } = LogPriority.Debug;
}

/// <summary>Of syslog(3). A line of plain output is <see cref="Info"/>.</summary>
public static class LogPriority
{
    public const int Emergency = 0;
    public const int Error = 3;
    public const int Info = 6;
    public const int Debug = 7;
}

/// <summary>A line of a unit's output.</summary>
/// <param name="At">When it was written where that is known, else null.</param>
/// <param name="Text">Without its line feed.</param>
/// <param name="Cursor">Its place in the log, for <see cref="LogQuery.After"/>: of this log only, and understood by nobody else. Empty: that of the line before.</param>
public readonly record struct LogLine(DateTimeOffset? At, string Text, string Cursor = "");
