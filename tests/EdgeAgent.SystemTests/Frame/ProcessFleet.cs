using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>
/// A fleet of children of the test in a folder of its own: <c>edgectl up</c>, or Mosquitto with the packaged configuration and the same agents. What is left at the end is a failure.
/// </summary>
internal sealed partial class ProcessFleet : Fleet
{
    private const int LogLines = 60;

    private readonly Dictionary<string, string> _variables;
    private readonly Dictionary<string, Process> _agents = [];
    private readonly FleetKind _kind;

    /// <summary>Whether the agents outlive a polite end of <c>edgectl up</c>, so that its broker can be stopped alone.</summary>
    private readonly bool _keep;

    private Process? _mosquitto;

    private ProcessFleet(FleetKind kind, int nodes, bool keep, string root)
        : base(Enumerable.Range(1, nodes).Select(n => $"node-{n}"), new Stamps(Path.Combine(root, "stamps")))
    {
        (_kind, _keep, Root, Port) = (kind, keep, root, Ports.Free());
        _variables = new() { ["XDG_CONFIG_HOME"] = Path.Combine(Root, "config"), ["EDGEAGENT_BINARY"] = Artifacts.EdgeAgent };
    }

    public string Root { get; }

    public int Port { get; }

    public override IPEndPoint Broker => new(IPAddress.Loopback, Port);

    public string Folder => Path.Combine(Root, "fleet");

    public override string KeyFile => Path.Combine(Folder, "operator.key");

    // Of Mosquitto there is no context, so the key is named.
    private string[] Target => _kind == FleetKind.Embedded
        ? ["--broker", $"mqtt://127.0.0.1:{Port}"]
        : ["--broker", $"mqtt://127.0.0.1:{Port}", "--key", KeyFile];

    /// <param name="kind">On which broker.</param>
    /// <param name="nodes">How many agents.</param>
    /// <param name="keep">Whether agents outlive a polite end of <c>edgectl up</c>.</param>
    /// <param name="options">Of Mosquitto's agents: a drop-in of agent.conf.</param>
    public static async Task<ProcessFleet> StartAsync(FleetKind kind, int nodes, bool keep = false, string options = "")
    {
        var fleet = new ProcessFleet(kind, nodes, keep, Directory.CreateTempSubdirectory("edge-fleet").FullName);
        try
        {
            await fleet.UpAsync();
            if (kind == FleetKind.Mosquitto)
            {
                await fleet.MoveToMosquittoAsync(options);
            }

            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs edgectl as it is typed, with no broker and no key.</summary>
    public Task<CommandResult> TypeAsync(params string[] arguments) => Command.RunAsync(Artifacts.EdgeCtl, arguments, _variables);

    /// <summary>Asks one agent over its own socket.</summary>
    public Task<CommandResult> AgentAsync(string node, params string[] arguments) =>
        Command.RunAsync(Artifacts.EdgeAgent, [.. arguments, "--config", Path.Combine(Folder, node, "agent.conf")], _variables);

    public override Task<CommandResult> RunAsync(string node, params string[] command) => Command.RunAsync(command[0], command[1..], _variables);

    public override string StateOf(string node) => Path.Combine(Folder, node, "state");

    public int BrokerPid => _mosquitto?.Id ?? ReadPid("up.pid");

    public int AgentPid(string node) => _agents.TryGetValue(node, out var agent) ? agent.Id : ReadPid(Path.Combine(node, "agent.pid"));

    public override Task<int> AgentPidAsync(string node) => Task.FromResult(AgentPid(node));

    public override async Task StopBrokerAsync(bool kill)
    {
        if (_kind == FleetKind.Mosquitto)
        {
            await StopMosquittoAsync(kill);
            return;
        }

        using var up = Process.GetProcessById(BrokerPid);
        (await Command.RunAsync("/bin/kill", [kill ? "-KILL" : "-TERM", $"{up.Id}"], _variables)).Succeeded();
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public override async Task StartBrokerAsync(bool empty)
    {
        if (_kind == FleetKind.Mosquitto)
        {
            await StartMosquittoAsync(empty);
            return;
        }

        if (empty)
        {
            Directory.Delete(Path.Combine(Folder, "broker"), recursive: true);
        }

        await UpAsync();
    }

    public override async Task KillAgentAsync(string node)
    {
        using var agent = Process.GetProcessById(AgentPid(node));
        agent.Kill();
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        _agents.Remove(node);
    }

    public override Task StartAgentAsync(string node)
    {
        StartAgent(node);
        return Task.CompletedTask;
    }

    /// <summary>The agent begins anew with these lines besides, as a drop-in of its agent.conf.</summary>
    public async Task ConfigureAsync(string node, string options)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, node, "agent.conf.d")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "of-the-test.conf"), options, TestContext.Current.CancellationToken);
        await KillAgentAsync(node);
        await StartAgentAsync(node);
    }

    public override async Task DownAsync() => (await TypeAsync("down", "--dir", Folder)).Succeeded();

    public override async ValueTask DisposeAsync()
    {
        var down = await TypeAsync("down", "--dir", Folder);
        foreach (var agent in _agents.Values)
        {
            agent.Dispose();
        }

        if (_mosquitto is not null)
        {
            await StopMosquittoAsync(kill: true);
        }

        var left = Stamps.Living();
        if (down.ExitCode == 0 && left.Count == 0)
        {
            Directory.Delete(Root, recursive: true);
            return;
        }

        Assert.Fail($"edgectl down ended with {down.ExitCode} and left {left.Count} processes; see {Root}\n{down.Errors}");
    }

    protected override Task<CommandResult> CtlAsync(string? input, string[] arguments) => Command.RunAsync(Artifacts.EdgeCtl, [.. Target, .. arguments], _variables, input);

    protected override async Task<string> LogAsync(string node)
    {
        var file = Path.Combine(Folder, node, "agent.log");
        return File.Exists(file) ? string.Join('\n', (await File.ReadAllLinesAsync(file)).TakeLast(LogLines)) : $"there is no {file}";
    }

    // Again, as systemd would.
    private void StartAgent(string node)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec \"$0\" run --config \"$1\" >> \"$2\" 2>&1", Artifacts.EdgeAgent, Path.Combine(Folder, node, "agent.conf"), Path.Combine(Folder, node, "agent.log") },
        };
        _agents[node] = Process.Start(start)!;
    }

    private async Task UpAsync()
    {
        string[] keep = _keep ? ["--keep"] : [];
        (await TypeAsync(["up", "--nodes", $"{Nodes.Count}", "--port", $"{Port}", "--dir", Folder, "--detach", .. keep])).Succeeded();
    }

    private int ReadPid(string file) => int.Parse(File.ReadLines(Path.Combine(Folder, file)).First(), CultureInfo.InvariantCulture);
}
