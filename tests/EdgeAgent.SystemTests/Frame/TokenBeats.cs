using System.Globalization;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Exclusive work that writes fifty times a second that it lives, and under which token: when the last of it was is its own word, whoever ended it.</summary>
internal sealed class TokenBeats(string file)
{
    // All of a write at once: two that lived at the same time must not mix their lines.
    private const string Script = """
        while :; do read now rest </proc/uptime; echo "$now $EDGE_SLOT $EDGE_FENCING_TOKEN $EDGE_NODE $$" >> "$0"; sleep 0.02; done
        """;

    private static readonly TimeSpan Recovers = TimeSpan.FromSeconds(60);

    public IReadOnlyList<string> Command { get; } = ["/bin/sh", "-c", Script, file];

    public IReadOnlyList<WorkProcess> Living() => WorkProcess.Of(Command);

    /// <summary>Waits until each of so many slots has one process, none of them on these nodes.</summary>
    public Task<IReadOnlyList<WorkProcess>> RunEachOnceAsync(int slots, params IReadOnlyList<string> butNotOn) => Eventually.Is(
        () => Task.FromResult(Living()),
        l => l.Count == slots && l.Select(p => p.Slot).Distinct().Count() == slots && !l.Any(p => butNotOn.Contains(p.Node)),
        Recovers,
        l => string.Join(", ", l),
        $"each slot once{(butNotOn.Count > 0 ? $", and none on {string.Join(" or ", butNotOn)}" : "")}");

    /// <summary>One for each slot and token: from its first beat to its last, on this machine's clock.</summary>
    public IReadOnlyList<Reign> Reigns() =>
    [
        .. File.ReadAllLines(file).Select(l => l.Split(' ')).Where(p => p.Length == 5)
            .GroupBy(p => (Slot: p[1], Token: long.Parse(p[2], CultureInfo.InvariantCulture)))
            .Select(g => new Reign(g.Key.Slot, g.Key.Token, g.Select(p => p[3]).Distinct().Order().Aggregate((a, b) => $"{a}+{b}"), At(g.First()), At(g.Last()), g.Select(p => p[4]).Distinct().Count()))
            .OrderBy(r => r.Slot).ThenBy(r => r.Begin),
    ];

    /// <summary>No two of a slot at one time, each by one process of one node, and each with a greater token than the one before.</summary>
    public void NeverTwo()
    {
        foreach (var slot in Reigns().GroupBy(r => r.Slot))
        {
            var last = default(Reign);
            foreach (var reign in slot)
            {
                Assert.True(reign.Processes == 1, $"several processes under one token: {reign}");
                Assert.True(last is null || (reign.Begin >= last.End && reign.Token > last.Token), $"two at one time: {last} and {reign}");
                last = reign;
            }
        }
    }

    private static TimeSpan At(string[] line) => TimeSpan.FromSeconds(double.Parse(line[0], CultureInfo.InvariantCulture));
}

/// <summary>How long a slot's work ran under one token, where, and as how many processes.</summary>
internal sealed record Reign(string Slot, long Token, string Node, TimeSpan Begin, TimeSpan End, int Processes);
