using System.Diagnostics;
using EdgeAgent.Protocol.Security;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>
/// Mosquitto as a network needs it: the packaged configuration with the listener that its comment names, and one agent configured by hand
/// as on a device. No <c>edgectl up</c> is involved.
/// </summary>
internal sealed class GuardedBroker : IAsyncDisposable
{
    private const string Mosquitto = "/usr/sbin/mosquitto";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    private readonly Process _broker;
    private readonly string _certificate;
    private readonly string _key;
    private readonly List<Process> _agents = [];

    private GuardedBroker(Func<GuardedBroker, IEnumerable<string>> listener, string parent)
    {
        Root = Directory.CreateDirectory(Path.Combine(parent, $"edge-guarded-{Guid.NewGuid():n}")).FullName;
        Port = Ports.Free();
        Certificates = new Certificates(Path.Combine(Root, "tls"));
        (_certificate, _key) = Certificates.Sign("broker");
        var packaged = File.ReadLines(Artifacts.RepositoryFile("packaging/mosquitto/edgeagent.conf")).TakeWhile(l => !l.StartsWith("listener ", StringComparison.Ordinal));
        var file = Path.Combine(Root, "mosquitto.conf");
        File.WriteAllLines(file, [.. packaged, .. listener(this), Environment.IsPrivilegedProcess ? "user root" : "", $"persistence_location {Root}/"]);
        using (var operatorKey = OperatorKey.Create())
        {
            File.WriteAllText(KeyFile, operatorKey.ToPem());
            File.WriteAllText(Path.Combine(Root, "operator.pub"), operatorKey.PublicPem());
        }

        _broker = Process.Start("/bin/sh", ["-c", "exec \"$0\" -c \"$1\" >> \"$2\" 2>&1", Mosquitto, file, Path.Combine(Root, "mosquitto.log")]);
        Stamps = new Stamps(Path.Combine(Root, "stamps"));
    }

    public string Root { get; }

    public int Port { get; }

    /// <summary>Where agents that are configured from now on look for it, where that isn't <see cref="Port"/>.</summary>
    public int? PortInFront { get; set; }

    public Certificates Certificates { get; }

    public Stamps Stamps { get; }

    public string KeyFile => Path.Combine(Root, "operator.key");

    private Dictionary<string, string> Variables => new() { ["XDG_CONFIG_HOME"] = Path.Combine(Root, "config") };

    /// <summary>Lines of a listener that speaks TLS.</summary>
    public IEnumerable<string> Tls => [$"listener {Port} 127.0.0.1", $"cafile {Certificates.AuthorityFile}", $"certfile {_certificate}", $"keyfile {_key}"];

    /// <summary>Starts the broker with these lines of a listener, before any agent.</summary>
    public static async Task<GuardedBroker> StartAsync(Func<GuardedBroker, IEnumerable<string>> listener, string? parent = null)
    {
        Assert.SkipUnless(File.Exists(Mosquitto), $"{Mosquitto} is missing: run ./build.sh setup");
        var broker = new GuardedBroker(listener, parent ?? Path.GetTempPath());
        await Eventually.Is(() => Ports.ListensAsync(broker.Port), l => l, Soon, _ => File.ReadAllText(Path.Combine(broker.Root, "mosquitto.log")), "Mosquitto listening");
        return broker;
    }

    /// <summary>Writes an agent's configuration; <paramref name="lines"/> are those of [Broker] behind Url.</summary>
    public string Configure(string name, string scheme, params string[] lines) => Configure(name, scheme, "process", lines);

    public string ConfigureOn(string runtime, string name) => Configure(name, "mqtt", runtime, []);

    private string Configure(string name, string scheme, string runtime, string[] lines)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, name)).FullName;
        var file = Path.Combine(folder, "agent.conf");
        File.WriteAllLines(file,
        [
            "[Node]", $"Name={name}", "OperatorKeys=../operator.pub", "StateDirectory=state", "RuntimeDirectory=run", "ReconnectWindow=2s",
            "[Broker]", $"Url={scheme}://localhost:{PortInFront ?? Port}", .. lines,
            "[Runtime]", $"Kind={runtime}", "SharedManager=yes",
        ]);
        return file;
    }

    /// <summary>Lines of a drop-in beside an agent's configuration.</summary>
    public static void AddTo(string configuration, params string[] lines) =>
        File.WriteAllLines(Path.Combine(Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(configuration)!, "agent.conf.d")).FullName, "more.conf"), lines);

    public void StartAgent(string configuration) =>
        _agents.Add(Process.Start("/bin/sh", ["-c", "exec \"$0\" run --config \"$1\" >> \"$2\" 2>&1", Artifacts.EdgeAgent, configuration, LogOf(configuration)]));

    public static string Log(string configuration) => File.Exists(LogOf(configuration)) ? File.ReadAllText(LogOf(configuration)) : "";

    public static Task LogSays(string configuration, string words) =>
        Eventually.Is(() => Task.FromResult(Log(configuration)), l => l.Contains(words, StringComparison.Ordinal), Soon, l => l, $"\"{words}\" in the agent's log");

    public Task<CommandResult> AgentAsync(string verb, string configuration) => Command.RunAsync(Artifacts.EdgeAgent, [verb, "--config", configuration], Variables);

    /// <summary>A context with these fields, which edgectl then uses.</summary>
    public void Context(string fields)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "config", "edgectl")).FullName;
        File.WriteAllText(Path.Combine(folder, "contexts.json"), $$"""{"current":"guarded","contexts":[{"name":"guarded","keyFile":"{{KeyFile}}",{{fields}}}]}""");
    }

    public Task<CommandResult> CtlAsync(string input, params string[] arguments) => Command.RunAsync(Artifacts.EdgeCtl, arguments, Variables, input);

    public async ValueTask DisposeAsync()
    {
        if (_agents.Exists(a => !a.HasExited))
        {
            await CtlAsync("", "delete", "hello", "--wait", "--timeout", "20s");
        }

        foreach (var process in _agents.Append(_broker))
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        Certificates.Dispose();
        Assert.Empty(Stamps.Living());
        Directory.Delete(Root, recursive: true);
    }

    private static string LogOf(string configuration) => Path.ChangeExtension(configuration, ".log");
}
