using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Units whose files are on the device, or come in an image, as the work of slots: run.unit and run.portable.</summary>
public sealed class DeviceUnitTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_unit_of_the_device_is_run_read_kept_over_a_killed_agent_and_ended()
    {
        await using var fleet = await lab.StartAsync("hub");
        await UnitAsync("sensor-hub.service", "[Service]", "ExecStart=/bin/sh -c 'echo hub begins; exec sleep 1000'", "Environment=MADE=by-hand");
        (await SystemdLab.CtlAsync(fleet, Work("hub", "unit: {name: sensor-hub.service}", "replicas: 2"), "apply", "-f", "-")).Succeeded();
        var slots = await Eventually.Is(() => SlotsAsync(fleet, "hub"), s => s.Any(i => i.Phase == "running"), Soon, Text, "a slot running");
        var before = await lab.ShowAsync("sensor-hub.service", "MainPID", "ActiveState", "NRestarts");
        Assert.Equal(before["MainPID"], $"{slots.Single(s => s.Phase == "running").Pid}");

        // The second replica has no device: this one has its unit already.
        Assert.Contains("a device has its unit only once", (await SystemdLab.CtlAsync(fleet, "", "why", "hub")).Output, StringComparison.Ordinal);
        Assert.Contains("hub begins", (await SystemdLab.CtlAsync(fleet, "", "logs", "hub")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("sensor-hub.service", (await SystemdLab.CtlAsync(fleet, "", "status", "hub", "hub/0")).Output + (await SystemdLab.CtlAsync(fleet, "", "status", "hub", "hub/1")).Output, StringComparison.Ordinal);
        Assert.Contains("its own (systemd)", (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "wide")).Output, StringComparison.Ordinal);
        Assert.Contains("is placed work", (await SystemdLab.CtlAsync(fleet, "", "stop", "hub", "sensor-hub.service")).Errors, StringComparison.Ordinal);

        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-hub")).Succeeded();
        await Eventually.Is(() => lab.ShowAsync("agent-hub", "NRestarts"), p => p["NRestarts"] == "1", Soon, p => p["NRestarts"], "the agent started again");
        (await lab.RunAsync("systemctl", "daemon-reexec")).Succeeded();
        await Eventually.Is(() => SlotsAsync(fleet, "hub"), s => s.Count(i => i.Phase == "running") == 1, Soon, Text, "the slot running again");
        Assert.Equal(before, await lab.ShowAsync("sensor-hub.service", "MainPID", "ActiveState", "NRestarts"));

        (await SystemdLab.CtlAsync(fleet, "", "delete", "hub", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("inactive", (await lab.ShowAsync("sensor-hub.service", "ActiveState"))["ActiveState"]);
        Assert.Empty(await lab.UnitsAsync("hub"));
        Assert.Equal("MADE=by-hand", (await lab.ShowAsync("sensor-hub.service", "Environment"))["Environment"]);
        await EndAsync("hub");
    }

    [Fact]
    public async Task Why_a_unit_does_not_run_is_told_apart()
    {
        await using var fleet = await lab.StartAsync("sick");
        await UnitAsync("broken-base.service", "[Service]", "Type=oneshot", "ExecStart=/bin/false");
        await UnitAsync("needs-base.service", "[Unit]", "Requires=broken-base.service", "After=broken-base.service", "[Service]", "ExecStart=/bin/sleep 1000");
        await UnitAsync("falls.service", "[Unit]", "StartLimitIntervalSec=100", "StartLimitBurst=2", "[Service]", "ExecStart=/bin/sh -c 'exit 7'", "Restart=always", "RestartSec=10ms");
        await UnitAsync("exits.service", "[Service]", "ExecStart=/bin/sh -c 'sleep 0.1; exit 9'");
        await UnitAsync("masked.service", "[Service]", "ExecStart=/bin/sleep 1000");
        (await lab.RunAsync("/bin/sh", "-c", "rm /etc/systemd/system/masked.service && systemctl mask masked.service")).Succeeded();
        foreach (var (name, unit, reason) in ((string, string, string)[])
        [
            ("absent", "no-such.service", "there is no unit no-such.service on this device"),
            ("needs", "needs-base.service", "a unit that needs-base.service needs has failed"),
            ("falls", "falls.service", "exit code 7; systemd restarted it and gave up"),
            ("exits", "exits.service", "exit code 9"),
            ("masked", "masked.service", "masked.service is masked on this device"),
        ])
        {
            (await SystemdLab.CtlAsync(fleet, Work(name, $"unit: {{name: {unit}}}"), "apply", "-f", "-")).Succeeded();
            await Eventually.Is(
                async () => (await SystemdLab.CtlAsync(fleet, "", "why", name)).Output, o => o.Contains(reason, StringComparison.Ordinal), Soon, o => o, $"why {name} says: {reason}");
            (await SystemdLab.CtlAsync(fleet, "", "delete", name, "--wait", "--timeout", "30s")).Succeeded();
        }

        Assert.Empty(await lab.UnitsAsync("sick"));
        await EndAsync("sick");
    }

    [Fact]
    public async Task A_oneshot_unit_is_a_job_and_a_timer_runs_for_as_long_as_it_is_armed()
    {
        await using var fleet = await lab.StartAsync("jobs");
        await UnitAsync("backup.service", "[Service]", "Type=oneshot", "ExecStart=/bin/sh -c 'echo copied; sleep 0.3'");
        (await SystemdLab.CtlAsync(fleet, Work("backup", "unit: {name: backup.service}", "mode: job"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("succeeded", Assert.Single(await SlotsAsync(fleet, "backup")).Phase);

        await UnitAsync("backup.timer", "[Timer]", "OnActiveSec=1h");
        (await SystemdLab.CtlAsync(fleet, Work("nightly", "unit: {name: backup.timer}"), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("active", (await lab.ShowAsync("backup.timer", "ActiveState"))["ActiveState"]);
        (await SystemdLab.CtlAsync(fleet, "", "delete", "nightly", "backup", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("inactive", (await lab.ShowAsync("backup.timer", "ActiveState"))["ActiveState"]);
        await EndAsync("jobs");
    }

    [Fact]
    public async Task A_unit_that_is_unhealthy_is_restarted_as_its_file_says()
    {
        await using var fleet = await lab.StartAsync("well");
        await UnitAsync("gauge.service", "[Service]", "ExecStart=/bin/sleep 1000", "ExecStopPost=/bin/rm -f /run/gauge-stuck");
        const string Health = "health: {exec: [/bin/sh, -c, 'test ! -e /run/gauge-stuck || exit 7'], interval: 300ms, failures: 2}";
        (await SystemdLab.CtlAsync(fleet, Work("gauge", "unit: {name: gauge.service}", Health), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var before = Assert.Single(await SlotsAsync(fleet, "gauge"));
        (await lab.RunAsync("touch", "/run/gauge-stuck")).Succeeded();
        var after = await Eventually.Is(
            () => SlotsAsync(fleet, "gauge"), s => s is [{ Phase: "running" } one] && one.Pid != before.Pid && one.Reason.Length > 0, Soon, Text, "another process");
        Assert.Equal((before.Epoch, "started anew: unhealthy: /bin/sh failed 2 times in a row, last: exit code 7"), (after[0].Epoch, after[0].Reason));
        (await SystemdLab.CtlAsync(fleet, "", "delete", "gauge", "--wait", "--timeout", "30s")).Succeeded();
        await EndAsync("well");
    }

    [Fact]
    public async Task A_portable_service_is_attached_run_and_detached()
    {
        await using var fleet = await lab.StartAsync("port");

        // An image as portablectl(1) wants it: a root with os-release, the unit, and what it runs.
        (await lab.RunAsync("/bin/sh", "-c", """
            set -e
            image=/var/lib/portables/tiny
            mkdir -p $image/usr/lib/systemd/system $image/usr/bin $image/etc $image/proc $image/sys $image/dev $image/run $image/tmp $image/var/tmp
            touch $image/etc/resolv.conf $image/etc/machine-id
            cp /bin/sleep $image/usr/bin/
            cp --parents -L $(ldd /bin/sleep | grep -o '/[^ ]*') $image/
            printf 'ID=tiny\nVERSION_ID=1\n' >$image/usr/lib/os-release
            printf '[Service]\nExecStart=/usr/bin/sleep 1000\n' >$image/usr/lib/systemd/system/tiny.service
            """)).Succeeded();
        (await SystemdLab.CtlAsync(fleet, Work("tiny", "portable: {image: tiny, unit: tiny.service, profile: trusted}"), "apply", "-f", "-", "--wait", "--timeout", "40s")).Succeeded();
        Assert.Equal("running-runtime", (await lab.RunAsync("portablectl", "is-attached", "tiny")).Output.Trim());
        var pid = Assert.Single(await SlotsAsync(fleet, "tiny")).Pid;
        Assert.Equal("/var/lib/portables/tiny", (await lab.ShowAsync("tiny.service", "RootDirectory"))["RootDirectory"]);
        Assert.Equal(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), (await lab.ShowAsync("tiny.service", "MainPID"))["MainPID"]);

        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-port")).Succeeded();
        await Eventually.Is(() => lab.ShowAsync("agent-port", "NRestarts"), p => p["NRestarts"] == "1", Soon, p => p["NRestarts"], "the agent started again");
        await Eventually.Is(() => SlotsAsync(fleet, "tiny"), s => s.Count(i => i.Phase == "running" && i.Pid == pid) == 1, Soon, Text, "the same process");

        (await SystemdLab.CtlAsync(fleet, "", "delete", "tiny", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("detached", (await lab.RunAsync("portablectl", "is-attached", "tiny")).Output.Trim());
        Assert.Empty(await lab.UnitsAsync("port"));

        // By hand attached, it is the operator's: it is not taken, and not detached.
        (await lab.RunAsync("portablectl", "attach", "--runtime", "--profile=trusted", "tiny")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, Work("tiny", "portable: {image: tiny, unit: tiny.service}"), "apply", "-f", "-")).Succeeded();
        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "why", "tiny")).Output, o => o.Contains("the image tiny can't be attached", StringComparison.Ordinal), Soon, o => o, "why says that it can't be attached");
        (await SystemdLab.CtlAsync(fleet, "", "delete", "tiny", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal("attached-runtime", (await lab.RunAsync("portablectl", "is-attached", "tiny")).Output.Trim());
        (await lab.RunAsync("portablectl", "detach", "--runtime", "tiny")).Succeeded();
        await EndAsync("port");
    }

    private static string Work(string name, string run, string more = "replicas: 1") => $$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{name}}}
        spec:
          {{more}}
          run: { {{run}} }
          stop: {timeout: 2s}
        """;

    private async Task UnitAsync(string name, params string[] lines)
    {
        var file = Path.Combine(lab.Share, name);
        await File.WriteAllLinesAsync(file, lines, TestContext.Current.CancellationToken);
        (await lab.RunAsync("/bin/sh", "-c", $"cp {file} /etc/systemd/system/ && systemctl daemon-reload")).Succeeded();
    }

    private async Task EndAsync(string node) => (await lab.RunAsync("systemctl", "stop", $"agent-{node}")).Succeeded();

    private static async Task<IReadOnlyList<SlotItem>> SlotsAsync(GuardedBroker fleet, string workload) =>
        [.. Answer.Read<SlotItem>((await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "json")).Succeeded().Output).Where(s => s.Workload == workload)];

    private static string Text(IReadOnlyList<SlotItem> slots) => string.Join("; ", slots.Select(s => $"{s.Workload}/{s.Index} {s.Phase} {s.Pid}"));
}
