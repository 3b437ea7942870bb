using System.Globalization;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>
/// What the work itself says: each process writes a line when it starts and one when it stops, and whether it lives is asked of the kernel. No agent's word counts here.
/// </summary>
internal sealed class Stamps(string file)
{
    private const string Script = """
        echo "$(date +%s%N) start $$ $EDGE_SLOT" >> "$0"
        trap 'echo "$(date +%s%N) stop $$ $EDGE_SLOT" >> "$0"; exit 0' TERM
        while :; do sleep 1 & wait $!; done
        """;

    private static readonly TimeSpan CountPause = TimeSpan.FromMilliseconds(20);

    public IReadOnlyList<string> Command { get; } = ["/bin/sh", "-c", Script, file];

    public IReadOnlyList<Stamp> All() =>
        File.Exists(file)
            ? [.. File.ReadAllLines(file).Select(line => line.Split(' ')).Where(p => p.Length >= 3).Select(p => new Stamp(
                long.Parse(p[0], CultureInfo.InvariantCulture), p[1] == "start", int.Parse(p[2], CultureInfo.InvariantCulture), p.Length > 3 ? p[3] : ""))]
            : [];

    /// <summary>The processes that started and are there now.</summary>
    public IReadOnlyList<Stamp> Living() => [.. All().Where(s => s.IsStart && IsAlive(s.Pid))];

    /// <summary>Waits until so many of them live.</summary>
    public Task<IReadOnlyList<Stamp>> LiveAsync(int count, TimeSpan within) => Eventually.Is(
        () => Task.FromResult(Living()),
        living => living.Count == count,
        within,
        living => $"{living.Count}: {string.Join(", ", living.Select(s => s.Slot))}",
        $"{count} processes of the work");

    /// <summary>Counts them again and again: the fewest and the most that lived at one time.</summary>
    public async Task<(int Least, int Most)> CountUntilAsync(CancellationToken stop)
    {
        var (least, most) = (int.MaxValue, 0);
        do
        {
            var living = Living().Count;
            (least, most) = (Math.Min(least, living), Math.Max(most, living));
            await Task.Delay(CountPause, CancellationToken.None);
        }
        while (!stop.IsCancellationRequested);

        return (least, most);
    }

    // A number may have been given again: the command line has this file in it.
    private bool IsAlive(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(file, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>One line of a work's own: when (ns since 1970), what, who, for which slot.</summary>
internal sealed record Stamp(long AtNs, bool IsStart, int Pid, string Slot);
