using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>What an administrator asks a machine every day, asked through the fleet: status, top, sockets and the journal of any unit.</summary>
public sealed class InspectionTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const string Work = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: busy}
        spec:
          run:
            exec:
              command: [/usr/bin/python3, -c, "import http.server, threading\nprint('at work', flush=True)\nthreading.Thread(target=lambda: all(True for _ in iter(int, 1)), daemon=True).start()\nhttp.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler).serve_forever()"]
          resources: {memory: 200Mi}
          stop: {timeout: 2s}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_slot_s_unit_its_use_its_ports_and_its_log_are_seen_from_afar()
    {
        await using var fleet = await lab.StartAsync("watched");
        (await SystemdLab.CtlAsync(fleet, Work, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var pid = (await lab.ShowAsync("edge-default_watched_busy_0.service", "MainPID"))["MainPID"];
        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "busy")).Output, o => o == "at work\n", Soon, o => o, "the first line");

        var status = (await SystemdLab.CtlAsync(fleet, "", "status", "busy/0")).Succeeded().Output;
        Assert.Contains("● busy/0 on watched", status, StringComparison.Ordinal);
        Assert.Contains("Active: active (running) since 20", status, StringComparison.Ordinal);
        Assert.Contains($"Main PID: {pid}\n", status, StringComparison.Ordinal);
        Assert.Contains("max 200.0Mi", status, StringComparison.Ordinal);
        Assert.Contains($"└─{pid} /usr/bin/python3 -c import http.server", status, StringComparison.Ordinal);
        Assert.EndsWith("Z at work\n", status, StringComparison.Ordinal);

        using var top = JsonDocument.Parse((await SystemdLab.CtlAsync(fleet, "", "top", "slots", "-o", "json")).Succeeded().Output);
        var slot = Assert.Single(top.RootElement.GetProperty("items").EnumerateArray());
        Assert.Equal(pid, slot.GetProperty("pid").GetRawText());
        Assert.InRange(slot.GetProperty("cpu").GetDouble(), 0.1, 1.5);
        Assert.InRange(slot.GetProperty("memory").GetDouble(), 1 << 20, 200 << 20);

        using var sockets = JsonDocument.Parse((await SystemdLab.CtlAsync(fleet, "", "sockets", "watched", "-o", "json")).Succeeded().Output);
        var port = Assert.Single(sockets.RootElement.GetProperty("items").EnumerateArray(), s => s.TryGetProperty("slot", out var of) && of.GetString() == "busy/0");
        Assert.Equal(("tcp", "127.0.0.1", pid), (port.GetProperty("protocol").GetString(), port.GetProperty("address").GetString(), port.GetProperty("pid").GetRawText()));
        (await SystemdLab.CtlAsync(fleet, "", "delete", "busy", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-watched")).Succeeded();
    }

    [Fact]
    public async Task Machines_that_run_there_are_listed_and_a_service_that_is_silent_is_named_with_the_reason()
    {
        await using var fleet = await lab.StartAsync("host");
        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "get", "nodes")).Output, o => o.Contains("online", StringComparison.Ordinal), Soon, o => o, "the node to come online");
        (await lab.RunAsync("systemd-run", "--unit=guest", "/bin/sleep", "1000")).Succeeded();
        var leader = (await lab.ShowAsync("guest", "MainPID"))["MainPID"];
        (await lab.RunAsync(
            ["busctl", "call", "org.freedesktop.machine1", "/org/freedesktop/machine1", "org.freedesktop.machine1.Manager", "RegisterMachine", "sayssus", "guest-1", "0", "lab", "vm", leader, ""])).Succeeded();
        (await lab.RunAsync("systemctl", "mask", "--runtime", "--now", "systemd-hostnamed")).Succeeded();

        var text = (await SystemdLab.CtlAsync(fleet, "", "status", "host")).Succeeded().Output;
        Assert.Contains("Machines: guest-1 (vm, lab)\n", text, StringComparison.Ordinal);
        Assert.Matches("No answer: hostname1: .*masked", text);
        using var answer = JsonDocument.Parse((await SystemdLab.CtlAsync(fleet, "", "status", "host", "-o", "json")).Succeeded().Output);
        var machine = answer.RootElement.GetProperty("machine");
        Assert.StartsWith("Debian GNU/Linux", machine.GetProperty("operatingSystem").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("Linux ", machine.GetProperty("kernel").GetString(), StringComparison.Ordinal);
        Assert.Equal(("guest-1", "vm"), (machine.GetProperty("machines")[0].GetProperty("name").GetString(), machine.GetProperty("machines")[0].GetProperty("class").GetString()));
        (await lab.RunAsync("systemctl", "unmask", "--runtime", "systemd-hostnamed")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "guest", "agent-host")).Succeeded();
    }

    [Fact]
    public async Task The_machine_and_units_that_are_none_of_the_fleet_s_are_seen_too()
    {
        await using var fleet = await lab.StartAsync("seen");
        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "get", "nodes")).Output, o => o.Contains("online", StringComparison.Ordinal), Soon, o => o, "the node to come online");
        (await lab.RunAsync("systemd-run", "--unit=broken", "/bin/sh", "-c", "echo 'all went wrong'; echo '<3>an error' ; exit 7")).Succeeded();
        await Eventually.Is(async () => (await lab.RunAsync("systemctl", "is-failed", "broken")).Output.Trim(), s => s == "failed", Soon, s => s, "the unit to fail");

        var machine = (await SystemdLab.CtlAsync(fleet, "", "status", "seen")).Succeeded().Output;
        Assert.Matches("× seen\n +State: degraded\n", machine);
        Assert.Contains("failed: broken.service - /bin/sh -c", machine, StringComparison.Ordinal);
        Assert.Contains("agent-seen.service", machine, StringComparison.Ordinal);

        Assert.Matches("Operating System: Debian GNU/Linux [0-9]+ ", machine);
        Assert.Matches("Kernel: Linux [0-9]+\\.", machine);
        Assert.Contains("Chassis: container\n", machine, StringComparison.Ordinal);
        Assert.Contains("Virtualization: systemd-nspawn\n", machine, StringComparison.Ordinal);
        Assert.Matches("Time zone: .+\n +Clock: (not )?synchronized", machine);
        Assert.DoesNotContain("No answer", machine, StringComparison.Ordinal);

        var unit = (await SystemdLab.CtlAsync(fleet, "", "status", "seen", "broken")).Succeeded().Output;
        Assert.Contains("Active: failed (failed) (result: exit-code) since", unit, StringComparison.Ordinal);
        Assert.Contains("Main PID: (exited, status 7)", unit, StringComparison.Ordinal);
        Assert.Contains("]: all went wrong\n", unit, StringComparison.Ordinal);

        var log = (await SystemdLab.CtlAsync(fleet, "", "logs", "-u", "broken")).Succeeded().Output;
        Assert.Matches("Z systemd\\[1\\]: Started ", log);
        Assert.Matches("Z sh\\[[0-9]+\\]: all went wrong\n", log);
        var errors = (await SystemdLab.CtlAsync(fleet, "", "logs", "-u", "broken", "-p", "err")).Succeeded().Output;
        Assert.Matches("^[^\n]*Z sh\\[[0-9]+\\]: an error\n$", errors);
        Assert.Equal("", (await SystemdLab.CtlAsync(fleet, "", "logs", "-u", "broken", "--since", "2100-01-01")).Succeeded().Output);

        var missing = await SystemdLab.CtlAsync(fleet, "", "status", "seen", "no-such-thing");
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("there is no unit no-such-thing.service here", missing.Errors, StringComparison.Ordinal);
        (await lab.RunAsync("systemctl", "reset-failed", "broken")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-seen")).Succeeded();
    }
}
