using System.Globalization;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>
/// What the work itself says: each process writes a line when it starts and one when it stops, and whether it lives is asked of the kernel. No agent's word counts here.
/// </summary>
internal sealed class Stamps(string file)
{
    // The time is read by the shell itself: whoever ends a whole control group would end a child that tells it, and not the shell.
    private const string Script = """
        stamp() { read now rest </proc/uptime; echo "$now $1 $$ $EDGE_SLOT $EDGE_NODE" >> "$0"; }
        stamp start
        trap 'stamp stop; exit 0' TERM
        while :; do sleep 1 & wait $!; done
        """;

    /// <summary>Of <c>ready</c>: whether the slot's process on this node has written that it started.</summary>
    public IReadOnlyList<string> HasStarted { get; } = ["/bin/sh", "-c", "grep -q \" start [0-9]* $EDGE_SLOT $EDGE_NODE\" \"$0\"", file];

    public IReadOnlyList<string> Command { get; } = ["/bin/sh", "-c", Script, file];

    public IReadOnlyList<Stamp> All() =>
        File.Exists(file)
            ? [.. File.ReadAllLines(file).Select(line => line.Split(' ')).Where(p => p.Length >= 3).Select(p => new Stamp(
                TimeSpan.FromSeconds(double.Parse(p[0], CultureInfo.InvariantCulture)), p[1] == "start", int.Parse(p[2], CultureInfo.InvariantCulture), p.Length > 3 ? p[3] : "", p.Length > 4 ? p[4] : ""))]
            : [];

    /// <summary>The processes that are there now, by slot and node.</summary>
    public IReadOnlyList<WorkProcess> Living() => WorkProcess.Of(Command);

    /// <summary>Waits until so many of them live, and each has written that it started.</summary>
    public Task<IReadOnlyList<WorkProcess>> LiveAsync(int count, TimeSpan within) =>
        LiveAsync(living => living.Count == count && All().Where(s => s.IsStart).Select(s => (s.Slot, s.Pid)).ToHashSet().IsSupersetOf(living.Select(p => (p.Slot, p.Pid))), within, $"{count} processes of the work");

    public Task<IReadOnlyList<WorkProcess>> LiveAsync(Func<IReadOnlyList<WorkProcess>, bool> holds, TimeSpan within, string what) =>
        Eventually.Is(() => Task.FromResult(Living()), holds, within, living => $"{living.Count}: {string.Join(", ", living)}", what);

    /// <summary>Counts them from now on.</summary>
    public Census BeginToCount() => new(this);
}

/// <summary>One line of a work's own: when (since this machine's start), what, who, for which slot, where.</summary>
internal sealed record Stamp(TimeSpan At, bool IsStart, int Pid, string Slot, string Node = "");
