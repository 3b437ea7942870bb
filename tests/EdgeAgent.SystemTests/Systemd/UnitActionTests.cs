using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>What systemctl does by hand, done from afar.</summary>
public sealed class UnitActionTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int Many = 100;

    private const string Work = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: hello}
        spec:
          run: {exec: {command: [/bin/sleep, "1000"]}}
          stop: {timeout: 2s}
        """;

    [Fact]
    public async Task Units_are_started_stopped_and_reloaded_on_a_named_node_and_placed_work_is_not()
    {
        await using var fleet = await lab.StartAsync("actor");
        await UnitAsync("plain@.service", "[Service]\nType=exec\nExecStart=/bin/sleep 1000\nExecReload=/bin/true\n");
        await UnitAsync("wrong.service", "[Service]\nType=exec\nExecStart=/nowhere/at/all\n");
        (await SystemdLab.CtlAsync(fleet, Work, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        var work = Assert.Single(await lab.UnitsAsync("actor"));

        Assert.Equal("actor: plain@1.service started\n", (await SystemdLab.CtlAsync(fleet, "", "start", "actor", "plain@1")).Succeeded().Output);
        var first = (await lab.ShowAsync("plain@1", "MainPID"))["MainPID"];
        (await SystemdLab.CtlAsync(fleet, "", "start", "actor", "plain@1")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "reload", "actor", "plain@1")).Succeeded();
        Assert.Equal(first, (await lab.ShowAsync("plain@1", "MainPID"))["MainPID"]);
        (await SystemdLab.CtlAsync(fleet, "", "restart", "actor", "plain@1")).Succeeded();
        Assert.NotEqual(first, (await lab.ShowAsync("plain@1", "MainPID"))["MainPID"]);

        // Many at once, of which some can't be.
        var names = Enumerable.Range(1, Many).Select(i => $"plain@{i}").ToArray();
        var started = await SystemdLab.CtlAsync(fleet, "", ["start", "actor", "wrong", "missing", work, .. names]);
        Assert.Equal(1, started.ExitCode);
        Assert.True(started.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length == Many, started.Errors);
        Assert.Contains("actor: wrong.service failed", started.Errors, StringComparison.Ordinal);
        Assert.Contains("Unit missing.service not found.", started.Errors, StringComparison.Ordinal);
        Assert.Contains($"{work} is placed work: edgectl scale and edgectl delete", started.Errors, StringComparison.Ordinal);
        Assert.Equal(Many, (await lab.RunAsync("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "plain@*")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        (await SystemdLab.CtlAsync(fleet, "", ["stop", "actor", .. names])).Succeeded();
        Assert.Equal("", (await lab.RunAsync("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "plain@*")).Output);

        // While systemd is executed again, and after it.
        var under = SystemdLab.CtlAsync(fleet, "", ["start", "actor", .. names]);
        (await lab.RunAsync("systemctl", "daemon-reexec")).Succeeded();
        var answered = await under;
        Assert.Equal(Many, (answered.Output + answered.Errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        (await SystemdLab.CtlAsync(fleet, "", ["start", "actor", .. names])).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", ["stop", "actor", .. names])).Succeeded();

        Assert.Contains("there is no node nobody", (await SystemdLab.CtlAsync(fleet, "", "start", "nobody", "plain@1")).Errors, StringComparison.Ordinal);
        (await SystemdLab.CtlAsync(fleet, "", "delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
        (await lab.RunAsync("systemctl", "stop", "agent-actor")).Succeeded();
    }

    private async Task UnitAsync(string name, string text) =>
        (await lab.RunAsync("/bin/sh", "-c", $"printf '%s' '{text}' >/etc/systemd/system/{name}; systemctl daemon-reload")).Succeeded();
}
