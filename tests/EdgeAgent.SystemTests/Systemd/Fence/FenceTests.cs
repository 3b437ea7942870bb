using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd.Fence;

/// <summary>
/// The fence of exclusive work on a real systemd, with no agent above it: what is fenced ends in time whatever becomes of who put the fence up, and for nothing else.
/// </summary>
public sealed class FenceTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int Renewals = 1000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Put_up_anew_a_thousand_times_it_touches_no_process()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "renew");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        var pid = await runtime.StartAsync("renew", BeatsOf("renew").Script);
        for (var i = 0; i < Renewals; i++)
        {
            await runtime.FencedAsync(DrivenRuntime.Now + Long);
        }

        var shown = await lab.ShowAsync("edge-renew-0.service", "MainPID", "NRestarts", "Slice");
        Assert.Equal((pid, "0", "edge-exclusive.slice"), (shown["MainPID"], shown["NRestarts"], shown["Slice"]));
        await Eventually.Is(() => TimersAsync("renew"), t => t.Count == 1, Soon, t => string.Join(' ', t), "one timer");
        await EndAsync(runtime, "renew", "renew");
    }

    [Theory]
    [InlineData("alive", "")]
    [InlineData("stopped", "STOP")]
    [InlineData("killed", "KILL")]
    public async Task Not_put_up_anew_it_ends_the_work_in_time_whatever_became_of_the_agent(string name, string signal)
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, name);
        var (polite, deaf) = (BeatsOf($"{name}-polite"), BeatsOf($"{name}-deaf"));
        var timeout = TimeSpan.FromSeconds(1);
        var until = DrivenRuntime.Now + TimeSpan.FromSeconds(4);
        await runtime.FencedAsync(until);
        await runtime.StartAsync($"{name}-polite", polite.Script, timeoutMs: (int)timeout.TotalMilliseconds);
        await runtime.StartAsync($"{name}-deaf", deaf.DeafScript, timeoutMs: (int)timeout.TotalMilliseconds);
        if (signal.Length > 0)
        {
            await runtime.SignalAsync(signal);
        }

        await FallenAsync(name);
        var fallen = DrivenRuntime.Now;
        Assert.True(fallen > until, "it fell before its time");
        Assert.InRange(polite.Last, until - Slack, until + Slack);
        Assert.InRange(deaf.Last, until, until + timeout + Slack);
        if (signal.Length == 0)
        {
            Assert.Matches($"^ended {name}-(polite|deaf) 0 Killed the fence of exclusive work fell$", await runtime.HearAsync("ended"));
            Assert.Matches($"^ended {name}-(polite|deaf) 0 Killed the fence of exclusive work fell$", await runtime.HearAsync("ended"));
            Assert.Empty(runtime.Said("ended"));
        }
    }

    [Fact]
    public async Task Without_a_lease_nothing_that_is_fenced_starts_and_the_reason_is_said()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "bare");
        Assert.Equal("", runtime.FenceLack);
        await runtime.SayAsync($"start bare Always 1000 fenced {BeatsOf("bare").Script}");
        Assert.Equal("ended bare 0 StartFailed the fence of exclusive work fell before it was started", await runtime.HearAsync("ended"));
        await runtime.SayAsync("stop bare 1000");
        await runtime.HearAsync("gone bare");

        // A request that was on its way for too long: it prolongs nothing, and what waits behind it does not start.
        var past = DrivenRuntime.Now - TimeSpan.FromSeconds(1);
        await runtime.SayAsync($"fence {(long)past.TotalMicroseconds}");
        await runtime.SayAsync($"start behind Always 1000 fenced {BeatsOf("bare").Script}");
        Assert.NotEqual("", (await runtime.HearAsync("fenced")).Split(' ', 3)[2]);
        Assert.Contains("StartFailed its fence doesn't stand", await runtime.HearAsync("ended behind"), StringComparison.Ordinal);
        await StandsNotAsync("bare");
        Assert.Equal(0, BeatsOf("bare").Count);

        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        await runtime.StartAsync("behind", BeatsOf("bare").Script);
        await EndAsync(runtime, "bare", "behind");
    }

    [Fact]
    public async Task What_it_ended_comes_not_back_to_life_under_a_lease_that_is_begun_anew()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "lapse");
        var (flapping, steady) = (BeatsOf("flapping"), BeatsOf("steady"));
        await runtime.FencedAsync(DrivenRuntime.Now + TimeSpan.FromSeconds(8));
        await runtime.StartAsync("steady", steady.DeafScript, timeoutMs: 1000);
        await runtime.StartAsync("flapping", $"read now rest </proc/uptime; echo $now $$ >> {FileOf("flapping")}; exit 1");
        await Eventually.Is(() => Task.FromResult(flapping.Count), c => c > 2, Soon, c => $"{c}", "it was started again and again");

        // While it falls, and after it, until the runtime was told to stop what it ended.
        await Eventually.Is(() => lab.ShowAsync(DrivenRuntime.LeaseOf("lapse"), "Job"), s => s["Job"] != "", Soon, s => s["Job"], "a lease that ends");
        Assert.Contains("is still ending", await runtime.FenceAsync(DrivenRuntime.Now + Long), StringComparison.Ordinal);
        await FallenAsync("lapse");
        Assert.Contains("not put up again", await runtime.FenceAsync(DrivenRuntime.Now + Long), StringComparison.Ordinal);
        await StandsNotAsync("lapse");
        var count = (flapping.Count, steady.Count);
        await runtime.SayAsync("stop steady 1000");
        await runtime.SayAsync("stop flapping 1000");
        await runtime.HearAsync("gone steady");
        await runtime.HearAsync("gone flapping");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        await runtime.StartAsync("other", BeatsOf("lapse-other").Script);
        Assert.Equal(count, (flapping.Count, steady.Count));
        await EndAsync(runtime, "lapse", "other");
    }

    [Fact]
    public async Task An_earlier_time_is_taken_too_and_a_start_waits_for_the_fence_before_it()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "earlier");
        var beats = BeatsOf("earlier");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        var until = DrivenRuntime.Now + TimeSpan.FromSeconds(2);
        await runtime.SayAsync($"fence {(long)until.TotalMicroseconds}");
        await runtime.StartAsync("earlier", beats.Script);
        await FallenAsync("earlier");
        Assert.InRange(beats.Last, until - Slack, until + Slack);
    }

    [Theory]
    [InlineData("daemon-reload")]
    [InlineData("daemon-reexec")]
    public async Task A_manager_that_reads_everything_anew_neither_forgets_nor_prolongs_it(string verb)
    {
        var name = verb.Replace("daemon-", "re", StringComparison.Ordinal);
        await using var runtime = await DrivenRuntime.StartAsync(lab, name);
        var beats = BeatsOf(name);
        var until = DrivenRuntime.Now + TimeSpan.FromSeconds(4);
        await runtime.FencedAsync(until);
        var pid = await runtime.StartAsync(name, beats.Script);
        await runtime.SucceedAsync("systemctl", verb);
        until += TimeSpan.FromSeconds(1);
        await runtime.FencedAsync(until);
        await runtime.SucceedAsync("systemctl", verb);

        // As an agent that is started again finds it.
        await using var next = await DrivenRuntime.StartAsync(lab, name);
        var inventory = (await next.HearAsync("inventory")).Split(' ');
        Assert.InRange(until.TotalMicroseconds - long.Parse(inventory[1], System.Globalization.CultureInfo.InvariantCulture), 0, 1000);
        Assert.Equal([name, pid, "Success"], inventory[2..]);
        await FallenAsync(name);
        Assert.InRange(beats.Last, until - Slack, until + Slack);
        Assert.Equal($"ended {name} 0 Killed the fence of exclusive work fell", await next.HearAsync("ended"));
        await using var last = await DrivenRuntime.StartAsync(lab, name);
        Assert.Equal("inventory none ", await last.HearAsync("inventory"));
    }

    [Fact]
    public async Task The_machines_sleep_ends_it_and_is_not_held_up_by_a_new_one()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "sleep");
        var beats = BeatsOf("sleep");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        await runtime.StartAsync("sleep", beats.Script);
        await runtime.SucceedAsync("/bin/sh", "-c", """
            mkdir -p /run/systemd/system/systemd-suspend.service.d
            printf '[Service]\nExecStart=\nExecStart=/bin/sh -c "until [ -e /run/wake ]; do sleep 0.05; done"\n' >/run/systemd/system/systemd-suspend.service.d/lab.conf
            systemctl daemon-reload
            systemctl start --no-block suspend.target
            """);
        await Eventually.Is(() => lab.ShowAsync("systemd-suspend.service", "ActiveState"), s => s["ActiveState"] == "activating", Soon, s => s["ActiveState"], "a machine that goes to sleep");
        Assert.Contains("goes to sleep", await runtime.HearAsync("fenced"), StringComparison.Ordinal);
        Assert.Equal("ended sleep 0 Killed the fence of exclusive work fell", await runtime.HearAsync("ended"));
        await StandsNotAsync("sleep");
        var count = beats.Count;
        await runtime.SayAsync("stop sleep 1000");
        await runtime.HearAsync("gone sleep");
        Assert.Contains("goes to sleep", await runtime.FenceAsync(DrivenRuntime.Now + Long), StringComparison.Ordinal);
        Assert.Equal("activating", (await lab.ShowAsync("systemd-suspend.service", "ActiveState"))["ActiveState"]);
        await runtime.SucceedAsync("touch", "/run/wake");
        await Eventually.Is(() => lab.ShowAsync("sleep.target", "ActiveState"), s => s["ActiveState"] == "inactive", Soon, s => s["ActiveState"], "a machine that is awake");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        Assert.Equal(count, beats.Count);
        await runtime.StartAsync("sleep", beats.Script);
        await EndAsync(runtime, "sleep", "sleep");
    }

    [Fact]
    public async Task A_check_of_fenced_work_ends_with_it()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "checked");
        var (beats, check) = (BeatsOf("checked"), BeatsOf("check"));
        var until = DrivenRuntime.Now + TimeSpan.FromSeconds(2);
        await runtime.FencedAsync(until);
        await runtime.StartAsync("checked", beats.Script);
        await runtime.SayAsync($"check checked - 60000 - {check.DeafScript}");
        await FallenAsync("checked");
        Assert.InRange(check.Last, until - Slack, until + Slack);
        Assert.Equal("checked checked NotRun", await runtime.HearAsync("checked"));
        Assert.True(check.Count > 0, "it has been running");
    }

    [Fact]
    public async Task Anything_but_a_timer_that_stands_as_asked_is_told()
    {
        await using var runtime = await DrivenRuntime.StartAsync(lab, "spoilt");
        await runtime.SucceedAsync("/bin/sh", "-c", """
            mkdir -p /run/systemd/system/edge-fence-spoilt_01234567@.timer.d
            printf '[Timer]\nAccuracySec=1min\n' >/run/systemd/system/edge-fence-spoilt_01234567@.timer.d/lab.conf
            systemctl daemon-reload
            """);
        Assert.Contains("AccuracySec=", await runtime.FenceAsync(DrivenRuntime.Now + Long), StringComparison.Ordinal);
        await StandsNotAsync("spoilt");
        await runtime.SucceedAsync("/bin/sh", "-c", "rm -r /run/systemd/system/edge-fence-spoilt_01234567@.timer.d; systemctl daemon-reload");
        await runtime.FencedAsync(DrivenRuntime.Now + Long);
        await runtime.SucceedAsync("systemctl", "start", DrivenRuntime.FallOf("spoilt"));
        Assert.Contains("fell before its time", await runtime.HearAsync("fenced"), StringComparison.Ordinal);
        await StandsNotAsync("spoilt");

        // It falls once, and at its time nobody has to be told.
        await runtime.FencedAsync(DrivenRuntime.Now + TimeSpan.FromSeconds(1));
        await FallenAsync("spoilt");
        Assert.Empty(runtime.Said("fenced"));
    }

    private string FileOf(string name) => Path.Combine(lab.Share, $"beats-{name}");

    private Beats BeatsOf(string name) => new(FileOf(name));

    /// <summary>The fence is reached when all has ended that it ended.</summary>
    private async Task FallenAsync(string node) => await Eventually.Is(
        () => lab.ShowAsync(DrivenRuntime.FallOf(node), "ActiveState"), s => s["ActiveState"] == "active", Soon, s => s["ActiveState"], "a fence that has fallen");

    private async Task StandsNotAsync(string node)
    {
        await Eventually.Is(() => lab.ShowAsync(DrivenRuntime.LeaseOf(node), "ActiveState"), s => s["ActiveState"] == "inactive", Soon, s => s["ActiveState"], "no lease");
        Assert.Empty(await TimersAsync(node));
    }

    private async Task<IReadOnlyList<string>> TimersAsync(string node) =>
        (await lab.RunAsync("systemctl", "list-units", "--plain", "--no-legend", "--state=active", DrivenRuntime.TimersOf(node))).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task EndAsync(DrivenRuntime runtime, string node, string workload)
    {
        await runtime.SayAsync($"stop {workload} 1000");
        await runtime.HearAsync($"gone {workload}");
        await runtime.SucceedAsync("systemctl", "stop", DrivenRuntime.LeaseOf(node));
        await StandsNotAsync(node);
    }
}
