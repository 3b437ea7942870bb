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

        var read = Path.Combine(Directory.CreateTempSubdirectory("edge-").FullName, "followed");
        var following = Command.RunAsync(
            "timeout",
            ["-s", "INT", "9", "/bin/sh", "-c", "exec \"$0\" \"$@\" >\"$READ\"", Artifacts.EdgeCtl, "logs", "-f", "-n", "0", "talk", "--broker", $"mqtt://127.0.0.1:{fleet.Port}", "--key", fleet.KeyFile],
            new Dictionary<string, string> { ["READ"] = read });
        for (var turn = 0; turn < 3; turn++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            (await lab.RunAsync("journalctl", "--rotate")).Succeeded();

            // What is removed before a busy machine has read it is told as missing, rightly (LogFloodTests): what was rotated is read first.
            var rotated = (await SystemdLab.CtlAsync(fleet, "", "logs", "talk", "-n", "1")).Succeeded().Output.Trim();
            await Eventually.Is(() => File.ReadAllLinesAsync(read), l => l.Contains(rotated), Soon, l => $"{l.Length} lines, the last {l.LastOrDefault()}", rotated);
            (await lab.RunAsync("journalctl", "--vacuum-files=1", "-q")).Succeeded();
        }

        await following;
        var ticks = (await File.ReadAllLinesAsync(read, TestContext.Current.CancellationToken))
            .Select(l => int.Parse(l["tick ".Length..], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(ticks.Count, 20, 200);
        Assert.Equal(Enumerable.Range(ticks[0], ticks.Count), ticks);

        (await SystemdLab.CtlAsync(fleet, "", "delete", "talk", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-talker")).Succeeded();
    }

    [Fact]
    public async Task A_workload_that_is_made_again_has_a_log_of_its_own_and_the_old_one_is_there_when_asked_for()
    {
        (await lab.RunAsync("/bin/sh", "-c", "mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\nRateLimitIntervalSec=2s\nRateLimitBurst=1000\n' >/etc/systemd/journald.conf.d/talk.conf; systemctl restart systemd-journald")).Succeeded();
        await using var fleet = await lab.StartAsync("again");

        // So much that journald tells of what it dropped: that, too, is the earlier one's. A busy machine's journald still drops what comes seconds later, so it is said until it is heard.
        await SaysAsync(fleet, "seq 100000; while sleep 3; do echo of the first; done", "of the first");
        Assert.Contains("lines of it are lost", (await SystemdLab.CtlAsync(fleet, "", "logs", "again")).Succeeded().Output, StringComparison.Ordinal);
        (await SystemdLab.CtlAsync(fleet, "", "delete", "again", "--wait", "--timeout", "30s")).Succeeded();
        await SaysAsync(fleet, "echo of the second; exec sleep 1000", "of the second");

        Assert.Equal("of the second\n", (await SystemdLab.CtlAsync(fleet, "", "logs", "again")).Succeeded().Output);
        Assert.Equal("of the second\n", (await SystemdLab.CtlAsync(fleet, "", "logs", "again", "-n", "5")).Succeeded().Output);
        Assert.Equal("of the first\nof the second\n", (await SystemdLab.CtlAsync(fleet, "", "logs", "again", "-n", "2", "--all")).Succeeded().Output);
        Assert.DoesNotContain("of the first", (await SystemdLab.CtlAsync(fleet, "", "status", "again/0")).Succeeded().Output, StringComparison.Ordinal);
        (await SystemdLab.CtlAsync(fleet, "", "delete", "again", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-again")).Succeeded();
    }

    [Fact]
    public async Task Following_goes_on_behind_its_last_line_when_the_agent_was_killed()
    {
        await using var fleet = await lab.StartAsync("goner");

        // Many in one moment.
        await SaysAsync(fleet, "i=0; while :; do set --; for n in 1 2 3 4 5 6 7 8 9 10; do i=$((i + 1)); set -- \"$@\" \"tick $i\"; done; printf \"%s\\n\" \"$@\"; sleep 0.02; done", "tick 50");
        var file = Path.Combine(fleet.Root, "followed");
        var following = Command.RunAsync(
            "/bin/sh",
            ["-c", $"exec timeout -s INT 12 {Artifacts.EdgeCtl} logs -f -n 0 again --broker mqtt://127.0.0.1:{fleet.Port} --key {fleet.KeyFile} >{file}"],
            new Dictionary<string, string>());
        for (var (turn, seen) = (0, 0); turn < 3; turn++)
        {
            seen = await Eventually.Is(() => Task.FromResult(File.Exists(file) ? File.ReadAllLines(file).Length : 0), n => n >= seen + 300, Soon, n => $"{n} lines", "more of them followed");
            (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-goner")).Succeeded();
        }

        await following;
        var ticks = (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Select(l => int.Parse(l["tick ".Length..], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(ticks.Count, 500, int.MaxValue);
        Assert.Equal(Enumerable.Range(ticks[0], ticks.Count), ticks);
        Assert.Equal("3", (await lab.ShowAsync("agent-goner", "NRestarts"))["NRestarts"]);
        (await SystemdLab.CtlAsync(fleet, "", "delete", "again", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-goner")).Succeeded();
    }

    /// <summary>Applies a workload again of this script, and waits until its log has that line.</summary>
    private static async Task SaysAsync(GuardedBroker fleet, string script, string line)
    {
        var manifest = $"apiVersion: edge/v1\nkind: Workload\nmetadata: {{name: again}}\nspec:\n  run: {{exec: {{command: [/bin/sh, -c, '{script}']}}}}\n  stop: {{timeout: 2s}}\n";
        (await SystemdLab.CtlAsync(fleet, manifest, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "again", "-n", "1000")).Output.Split('\n'), l => l.Contains(line), Soon, l => string.Join('\n', l.TakeLast(5)), $"\"{line}\" in the log");
    }
}
