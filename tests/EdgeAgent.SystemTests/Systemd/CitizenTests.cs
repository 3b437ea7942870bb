using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>The packaged unit under a real systemd: whatever happens to the agent, its work doesn't notice.</summary>
public sealed class CitizenTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int Replicas = 20;
    private const string Unit = "edgeagent";
    private const string DropIns = $"/etc/systemd/system/{Unit}.service.d";

    private const string Work = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: hello}
        spec:
          replicas: 20
          lostAfter: 3s
          run: {exec: {command: [/bin/sh, -c, 'exec sleep 1000']}}
          resources: {cpu: 10m, memory: 8Mi, tasks: 16}
          stop: {timeout: 2s}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Killed_hung_upgraded_and_restarted_it_loses_and_restarts_no_work()
    {
        await using var fleet = await lab.BrokerAsync();
        var configuration = fleet.ConfigureOn("systemd", "keeper");
        await InstallAsync(configuration);
        (await lab.RunAsync("systemctl", "start", Unit)).Succeeded();
        (await SystemdLab.CtlAsync(fleet, Work, "apply", "-f", "-", "--wait", "--timeout", "60s")).Succeeded();
        var work = await WorkAsync();
        Assert.Equal(Replicas, work.Count);
        await StatusSaysAsync($"Connected (MQTT 5, mqtt://localhost:{fleet.Port}); {Replicas} units of work run");

        var restarts = 0;
        await AgainAsync("killed", () => lab.RunAsync("systemctl", "kill", "-s", "KILL", Unit), ++restarts);

        // A hung loop feeds no watchdog.
        await AgainAsync("hung", () => lab.RunAsync("systemctl", "kill", "-s", "STOP", Unit), ++restarts);
        Assert.Contains("watchdog", (await lab.RunAsync("journalctl", "-u", Unit, "--no-pager", "-q")).Succeeded().Output, StringComparison.OrdinalIgnoreCase);

        // A new binary under the same name, as a package's upgrade has it.
        (await lab.RunAsync("/bin/sh", "-c", $"cp {lab.EdgeAgent} {lab.EdgeAgent}.new && mv {lab.EdgeAgent}.new {lab.EdgeAgent}")).Succeeded();
        await AgainAsync("upgraded", () => lab.RunAsync("systemctl", "restart", Unit), restarts = 0);
        await AgainAsync("systemd was re-executed", () => lab.RunAsync("systemctl", "daemon-reexec"), restarts);
        await AgainAsync("the bus was restarted", () => lab.RunAsync("systemctl", "restart", "dbus"), restarts);

        // While systemd is executed again, work comes and goes.
        var changes = SystemdLab.CtlAsync(fleet, "", "scale", "hello", "--replicas", $"{Replicas + 2}", "--wait", "--timeout", "60s");
        (await lab.RunAsync("systemctl", "daemon-reexec")).Succeeded();
        (await changes).Succeeded();
        Assert.Superset(work.ToHashSet(), (await WorkAsync()).ToHashSet());

        (await SystemdLab.CtlAsync(fleet, "", "delete", "hello", "--wait", "--timeout", "60s")).Succeeded();
        Assert.Empty(await lab.UnitsAsync("keeper"));
        (await lab.RunAsync("systemctl", "stop", Unit)).Succeeded();
        Assert.Equal("success", (await lab.ShowAsync(Unit, "Result"))["Result"]);

        async Task AgainAsync(string what, Func<Task<CommandResult>> act, int expected)
        {
            (await act()).Succeeded();
            await Eventually.Is(
                () => lab.ShowAsync(Unit, "NRestarts", "ActiveState", "StatusText"),
                p => p["NRestarts"] == $"{expected}" && p["ActiveState"] == "active" && p["StatusText"].StartsWith("Connected", StringComparison.Ordinal) && p["StatusText"].EndsWith($"{Replicas} units of work run", StringComparison.Ordinal),
                Soon,
                p => string.Join(", ", p),
                $"{what}: the agent well again");
            Assert.Equal(work, await WorkAsync());
        }
    }

    [Fact]
    public async Task It_starts_with_no_network_and_a_reload_takes_what_it_can_or_says_why_not()
    {
        await using var fleet = await lab.BrokerAsync();
        var configuration = fleet.ConfigureOn("systemd", "reader");
        var address = await File.ReadAllTextAsync(configuration, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(configuration, address.Replace($":{fleet.Port}", ":1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await InstallAsync(configuration);
        (await lab.RunAsync("systemctl", "start", Unit)).Succeeded();
        await StatusSaysAsync("Not connected, and tries again");

        await File.WriteAllTextAsync(configuration, address, TestContext.Current.CancellationToken);
        var waits = (await lab.RunAsync(lab.EdgeAgent, "reload", "--config", configuration)).Succeeded().Output;
        Assert.Contains("taken at a restart, which stops no work (systemctl restart edgeagent): [Broker] Url", waits, StringComparison.Ordinal);
        (await lab.RunAsync("systemctl", "restart", Unit)).Succeeded();
        await StatusSaysAsync("Connected");
        var agent = (await lab.ShowAsync(Unit, "MainPID"))["MainPID"];

        var dropIns = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(configuration)!, "agent.conf.d")).FullName;
        await File.WriteAllTextAsync(Path.Combine(dropIns, "10.conf"), "[Node]\nLabels=hall=3\nCapacity=cpu=7\n", TestContext.Current.CancellationToken);
        (await lab.RunAsync("systemctl", "reload", Unit)).Succeeded();
        await Eventually.Is(
            async () => Node((await SystemdLab.CtlAsync(fleet, "", "get", "nodes", "-o", "json")).Succeeded().Output),
            n => n.Contains("\"hall\":\"3\"", StringComparison.Ordinal) && n.Contains("\"cpu\":\"7000m\"", StringComparison.Ordinal),
            Soon,
            n => n,
            "the node with its new label and capacity");

        await File.WriteAllTextAsync(Path.Combine(dropIns, "10.conf"), "[Node]\nLabel=hall=4\n", TestContext.Current.CancellationToken);
        Assert.NotEqual(0, (await lab.RunAsync("systemctl", "reload", Unit)).ExitCode);
        Assert.Contains("10.conf:2: [Node] Label is no option", (await lab.RunAsync("journalctl", "-u", Unit, "--no-pager", "-q")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(agent, (await lab.ShowAsync(Unit, "MainPID"))["MainPID"]);
        await StatusSaysAsync("Connected");
        (await lab.RunAsync("systemctl", "stop", Unit)).Succeeded();
    }

    private static string Node(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement);
    }

    /// <summary>The unit as it is packaged; the drop-in names the published binary and this test's configuration, and has a watchdog that a test can wait for.</summary>
    private async Task InstallAsync(string configuration)
    {
        var (unit, dropIn) = (Path.Combine(lab.Share, "edgeagent.service"), Path.Combine(lab.Share, "test.conf"));
        File.Copy(Artifacts.RepositoryFile("packaging/systemd/edgeagent.service"), unit, overwrite: true);
        await File.WriteAllTextAsync(
            dropIn,
            $"[Service]\nExecStart=\nExecStart={lab.EdgeAgent} run --config {configuration}\nExecReload=\nExecReload={lab.EdgeAgent} reload --config {configuration}\nWatchdogSec=3s\n",
            TestContext.Current.CancellationToken);
        (await lab.RunAsync("/bin/sh", "-c", $"mkdir -p {DropIns} && cp {unit} /etc/systemd/system/ && cp {dropIn} {DropIns}/ && systemctl daemon-reload && systemctl stop {Unit}")).Succeeded();
    }

    private Task<IReadOnlyDictionary<string, string>> StatusSaysAsync(string words) =>
        Eventually.Is(() => lab.ShowAsync(Unit, "StatusText", "ActiveState"), p => p["StatusText"].Contains(words, StringComparison.Ordinal), Soon, p => string.Join(", ", p), $"\"{words}\" in systemctl status");

    /// <summary>Unit and process of each piece of work.</summary>
    private async Task<IReadOnlyList<string>> WorkAsync()
    {
        var shown = (await lab.RunAsync("systemctl", "show", "edge-default_keeper_*", "-p", "Id,MainPID,NRestarts", "--value")).Succeeded().Output;
        return [.. shown.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)];
    }
}
