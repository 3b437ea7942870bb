using System.Globalization;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Output of units through the journal: whatever they write, and while the journal turns.</summary>
public sealed class JournalTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int LongLine = 20_000;
    private const int ShownMin = 8_000;

    private const string Talker = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: talk}
        spec:
          run:
            exec:
              command:
                - /bin/sh
                - -c
                - |
                  echo first; echo; printf 'odd \377\376 bytes\n'; echo "to errors" >&2
                  head -c 20000 /dev/zero | tr '\0' x; echo; echo last
                  i=0; while :; do i=$((i + 1)); echo "tick $i"; sleep 0.05; done
          stop: {timeout: 2s}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Odd_output_is_read_and_following_loses_and_repeats_nothing_while_the_journal_is_rotated()
    {
        await using var fleet = await lab.StartAsync("talker");
        (await SystemdLab.CtlAsync(fleet, Talker, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var lines = await Eventually.Is(
            async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "talk")).Succeeded().Output.Split('\n'), l => l.Contains("tick 5"), Soon, l => string.Join('\n', l.Select(x => x[..Math.Min(x.Length, 80)])), "the fifth tick");
        Assert.Equal("first", lines[0]);
        Assert.Contains("odd \ufffd\ufffd bytes", lines);
        Assert.Contains("to errors", lines);
        Assert.InRange(lines.Single(l => l.StartsWith("xxx", StringComparison.Ordinal)).Length, ShownMin, LongLine);
        Assert.Equal(3, (await SystemdLab.CtlAsync(fleet, "", "logs", "talk", "-n", "3")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        var following = Command.RunAsync(
            "timeout",
            ["-s", "INT", "6", Artifacts.EdgeCtl, "logs", "-f", "-n", "0", "talk", "--broker", $"mqtt://127.0.0.1:{fleet.Port}", "--key", fleet.KeyFile],
            new Dictionary<string, string>());
        for (var turn = 0; turn < 3; turn++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            (await lab.RunAsync("journalctl", "--rotate")).Succeeded();
            (await lab.RunAsync("journalctl", "--vacuum-files=1", "-q")).Succeeded();
        }

        var ticks = (await following).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => int.Parse(l["tick ".Length..], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(ticks.Count, 20, 200);
        Assert.Equal(Enumerable.Range(ticks[0], ticks.Count), ticks);

        (await SystemdLab.CtlAsync(fleet, "", "delete", "talk", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-talker")).Succeeded();
    }
}
