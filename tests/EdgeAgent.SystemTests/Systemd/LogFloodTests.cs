using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Output that comes fast: every line arrives, in its order, or is told of as lost; and the agent doesn't grow by it.</summary>
public sealed partial class LogFloodTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int LinesPerSecond = 10_000;

    /// <summary>What the agent may use while it streams, above what it uses at rest.</summary>
    private const long GrowthMaxKiB = 12 * 1024;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    /// <summary>At its memory, while the flood goes on.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(300);

    // Begins when it is told to, so that the reader is there.
    private const string Work = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: NAME}
        spec:
          run:
            exec:
              command:
                - /usr/bin/python3
                - -c
                - |
                  import os, sys, time
                  print("ready", flush=True)
                  while not os.path.exists("BEGIN"):
                      time.sleep(0.05)
                  count, begun = 0, time.monotonic()
                  for tick in range(SECONDS * 100):
                      sys.stdout.write("".join(f"line {count + i} of a flood that is as long as log lines are\n" for i in range(100)))
                      sys.stdout.flush()
                      count += 100
                      time.sleep(max(0, begun + tick / 100 - time.monotonic()))
                  while True:
                      time.sleep(1)
                      print(f"line {count} is one of a quiet time", flush=True)
                      count += 1
          security: {sandbox: none}
          stop: {timeout: 2s}
        """;

    [Theory]
    [InlineData(3, "RateLimitIntervalSec=0", false)]
    [InlineData(3, "RateLimitIntervalSec=2s\nRateLimitBurst=4000", true)]
    public Task A_flood_arrives_whole_or_is_told_of(int seconds, string journald, bool isCut) => FloodAsync(seconds, journald, isCut);

    [Theory]
    [InlineData(15, "RateLimitIntervalSec=0\nSystemMaxUse=16M\nSystemMaxFileSize=4M", false)]
    [InlineData(10, "RateLimitIntervalSec=0\nSystemMaxFileSize=4M", true)]
    public async Task What_leaves_the_journal_under_a_stopped_reader_is_told_where_it_is_missing(int seconds, string journald, bool isVacuumed)
    {
        var name = isVacuumed ? "flood-vacuumed" : "flood-over";
        await using var fleet = await lab.StartAsync(name);
        var begin = await PrepareAsync(fleet, name, journald, seconds);
        var file = Path.Combine(fleet.Root, "followed");
        if (isVacuumed)
        {
            // The reader comes when all is there, in many files: its connection lasts, and it goes on in files that are gone and of which journald has taken the blocks away.
            await File.WriteAllTextAsync(begin, "", TestContext.Current.CancellationToken);
            await HasWrittenAsync();
        }

        using var reader = Process.Start("/bin/sh", ["-c", $"exec {Artifacts.EdgeCtl} logs -f {name} --broker mqtt://127.0.0.1:{fleet.Port} --key {fleet.KeyFile} >{file}"]);
        await SaysAsync(file, t => t.StartsWith("ready\n", StringComparison.Ordinal), "the reader there");
        await File.WriteAllTextAsync(begin, "", TestContext.Current.CancellationToken);
        await SaysAsync(file, t => t.Contains("line 1000 ", StringComparison.Ordinal), "the flood being followed");
        await SignalAsync(reader, "-STOP");
        await HasWrittenAsync();
        if (isVacuumed)
        {
            (await lab.RunAsync("journalctl", "--rotate", "--vacuum-size=1")).Succeeded();
        }

        await SignalAsync(reader, "-CONT");
        await SaysAsync(file, t => t.Contains("quiet time", StringComparison.Ordinal), "the reader at the end");
        await SignalAsync(reader, "-INT");
        await reader.WaitForExitAsync(TestContext.Current.CancellationToken);

        var (last, isTold, gaps) = (-1, false, 0);
        foreach (var line in await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken))
        {
            if (Line().Match(line) is not { Success: true } numbered)
            {
                isTold |= line.StartsWith("[lines may be missing here", StringComparison.Ordinal);
                continue;
            }

            var number = int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.True(number > last, $"line {number} behind line {last}");
            Assert.True(number == last + 1 || isTold, $"from line {last} to {number} nothing was told");
            gaps += number == last + 1 ? 0 : 1;
            (last, isTold) = (number, false);
        }

        // Or this test has shown nothing.
        Assert.InRange(gaps, 1, int.MaxValue);
        await EndAsync(fleet, name);

        // The work says so in the journal when it is through.
        async Task HasWrittenAsync() => await Eventually.Is(
            async () => (await lab.RunAsync("journalctl", "-q", "-n", "1", "-o", "cat", "-u", $"edge-default_{name}_{name}_0")).Output,
            o => o.Contains("quiet time", StringComparison.Ordinal),
            TimeSpan.FromSeconds(seconds * 3),
            o => o,
            "the flood over");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public Task A_long_flood_arrives_whole() => FloodAsync(30, "RateLimitIntervalSec=0", isCut: false);

    private async Task FloodAsync(int seconds, string journald, bool isCut)
    {
        var name = $"flood-{seconds}-{(isCut ? "cut" : "whole")}";
        await using var fleet = await lab.StartAsync(name);
        var begin = await PrepareAsync(fleet, name, journald, seconds);
        var atRest = await MemoryAsync(name);
        var file = Path.Combine(fleet.Root, "followed");
        var following = Command.RunAsync(
            "/bin/sh",
            ["-c", $"exec timeout -s INT {seconds + 7} {Artifacts.EdgeCtl} logs -f {name} --broker mqtt://127.0.0.1:{fleet.Port} --key {fleet.KeyFile} >{file}"],
            new Dictionary<string, string>());
        await SaysAsync(file, t => t == "ready\n", "the reader there");
        await File.WriteAllTextAsync(begin, "", TestContext.Current.CancellationToken);
        long most = 0;
        while (!following.IsCompleted)
        {
            most = Math.Max(most, await MemoryAsync(name));
            await Task.WhenAny(following, Task.Delay(BetweenLooks, TestContext.Current.CancellationToken));
        }

        var followed = await following;
        var (lines, lost) = Account(await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken));
        TestContext.Current.TestOutputHelper?.WriteLine($"{lines.Count} lines, {lost} told as lost, agent {atRest} KiB at rest and {most} KiB at most; {followed.Errors}");
        Assert.Equal(0, lines[0]);
        Assert.True(lines.Zip(lines.Skip(1)).All(p => p.First < p.Second), "a line came twice, or behind a later one");
        Assert.True(lines[^1] > seconds * LinesPerSecond, $"the last line is {lines[^1]}: the flood was not followed to its end; {followed.Errors}");
        Assert.Equal(lines[^1] + 1, lines.Count + lost);
        Assert.Equal(isCut, lost > 0);
        Assert.InRange(most - atRest, 0, GrowthMaxKiB);
        await EndAsync(fleet, name);
    }

    /// <summary>Sets journald up and starts the work, which begins when the file is made whose name this gives.</summary>
    private async Task<string> PrepareAsync(GuardedBroker fleet, string name, string journald, int seconds)
    {
        (await lab.RunAsync("/bin/sh", "-c", $"mkdir -p /etc/systemd/journald.conf.d; printf '[Journal]\\n{journald.Replace("\n", "\\n", StringComparison.Ordinal)}\\n' >/etc/systemd/journald.conf.d/flood.conf; systemctl restart systemd-journald")).Succeeded();
        var begin = Path.Combine(lab.Share, $"begin-{name}");
        var work = Work.Replace("NAME", name, StringComparison.Ordinal).Replace("BEGIN", begin, StringComparison.Ordinal).Replace("SECONDS", seconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        (await SystemdLab.CtlAsync(fleet, work, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        return begin;
    }

    private async Task EndAsync(GuardedBroker fleet, string name)
    {
        (await SystemdLab.CtlAsync(fleet, "", "delete", name, "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", $"agent-{name}")).Succeeded();
    }

    private static Task<string> SaysAsync(string file, Func<string, bool> says, string what) =>
        Eventually.Is(() => Task.FromResult(File.Exists(file) ? File.ReadAllText(file) : ""), says, Soon, t => t[^Math.Min(t.Length, 500)..], what);

    private static async Task SignalAsync(Process process, string signal) => (await Command.RunAsync("/bin/kill", [signal, $"{process.Id}"], new Dictionary<string, string>())).Succeeded();

    private static (List<int> Lines, int Lost) Account(string[] output)
    {
        var (lines, lost) = (new List<int>(), 0);
        foreach (var line in output)
        {
            if (Line().Match(line) is { Success: true } numbered)
            {
                lines.Add(int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture));
            }
            else if (Lost().Match(line) is { Success: true } told)
            {
                lost += int.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture);
            }
            else
            {
                Assert.Equal("ready", line);
            }
        }

        return (lines, lost);
    }

    /// <summary>What the agent has allocated, KiB; the journal's files, that sd-journal maps, are the kernel's to drop.</summary>
    private async Task<long> MemoryAsync(string name)
    {
        var pid = (await lab.ShowAsync($"agent-{name}", "MainPID"))["MainPID"];
        var rollup = (await lab.RunAsync("cat", $"/proc/{pid}/smaps_rollup")).Succeeded().Output.Split('\n');
        return long.Parse(rollup.Single(l => l.StartsWith("Pss_Anon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^line ([0-9]+) ")]
    private static partial Regex Line();

    [GeneratedRegex("^\\[([0-9]+) lines of it are lost")]
    private static partial Regex Lost();
}
