using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>A virtual machine with Debian's own kernel and the packaged agent inside, named vm (tests/lab/vm.sh). It is ended also when a test fails.</summary>
internal sealed partial class LabMachine : IAsyncDisposable
{
    private const int Lacking = 77;

    // An emulated processor takes its time, the more so where it is of another kind.
    private static readonly TimeSpan BootWithin = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, string> _variables;
    private readonly List<Process> _following = [];
    private string? _events;

    private LabMachine(string folder, string architecture, string confinement)
    {
        var tools = Path.GetDirectoryName(Artifacts.EdgeCtl)!;
        _variables = new Dictionary<string, string>
        {
            ["EDGE_LAB"] = folder,
            ["EDGE_LAB_ARCH"] = architecture,
            ["EDGE_LAB_LSM"] = confinement,
            ["EDGE_LAB_TOOLS"] = tools,
            ["EDGEAGENT_ARTIFACTS"] = architecture == "amd64" ? tools : Path.Combine(Path.GetDirectoryName(tools)!, $"linux-{architecture}"),
        };
        Patience = architecture == "amd64" ? TimeSpan.FromSeconds(60) : TimeSpan.FromMinutes(4);
    }

    /// <summary>How long something may take inside.</summary>
    public TimeSpan Patience { get; }

    /// <summary>Boots one with <c>apparmor</c> or with <c>selinux</c>, which enforces; skips the test where that can't be done, with the reason.</summary>
    public static async Task<LabMachine> UpAsync(string architecture, string confinement = "apparmor")
    {
        var machine = new LabMachine(Path.Combine("/run", $"edge-vm-{Guid.NewGuid():n}"), architecture, confinement);
        var up = await machine.AskAsync(BootWithin, "up");
        Assert.SkipWhen(up.ExitCode == Lacking, up.Errors.Trim());
        if (up.ExitCode != 0)
        {
            await machine.DisposeAsync();
        }

        up.Succeeded();
        await machine.OnlineAsync();
        return machine;
    }

    public Task OffAsync() => DoAsync("off");

    public Task OnAsync() => DoAsync("on");

    /// <summary>Its power is cut.</summary>
    public Task KillAsync() => DoAsync("kill");

    public Task RebootAsync() => DoAsync("reboot");

    /// <summary><c>stop</c>, <c>kill</c>, <c>start</c> or <c>empty</c>.</summary>
    public Task BrokerAsync(string act) => DoAsync("broker", act);

    /// <summary>Inside, as root: a line for its shell.</summary>
    public Task<CommandResult> RunAsync(string line) => AskAsync(Patience, "run", "/bin/sh", "-c", line);

    /// <summary>Another agent of its fleet, named peer, on this machine; its work are plain processes.</summary>
    public async Task<LabPeer> PeerAsync()
    {
        var lab = _variables["EDGE_LAB"];
        var peer = LabPeer.Start(await File.ReadAllTextAsync(Path.Combine(lab, "mqtt.port")), Path.Combine(lab, "operator.pub"));
        await Eventually.Is(async () => (await CtlAsync("get", "nodes")).Output, o => o.Split('\n').Any(l => l.StartsWith("peer ", StringComparison.Ordinal) && l.Contains(" online ", StringComparison.Ordinal)), Patience, o => o, "the peer online");
        return peer;
    }

    /// <summary>edgectl, with the lab's broker and key.</summary>
    public Task<CommandResult> CtlAsync(params string[] arguments) => AskAsync(Patience, ["ctl", .. arguments]);

    /// <summary>What edgectl says from now on goes into a file, until the machine is down.</summary>
    public void Follow(string file, params string[] arguments)
    {
        File.WriteAllText(file, "");
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1", file, Script, "ctl", .. arguments]);
        foreach (var (name, value) in _variables)
        {
            start.Environment[name] = value;
        }

        _following.Add(Process.Start(start)!);
    }

    /// <summary>Applies a manifest and waits until all of it runs.</summary>
    public async Task ApplyAsync(string manifest, params string[] more) => (await TryApplyAsync(manifest, ["--wait", "--timeout", $"{Patience.TotalSeconds}s", .. more])).Succeeded();

    public Task<CommandResult> TryApplyAsync(string manifest, params string[] more) =>
        Command.RunAsync(Script, ["ctl", "apply", "-f", "-", .. more], _variables, manifest, Patience + Patience);

    /// <summary>A manifest of a shell's script, with further lines of its spec. JSON strings are YAML strings too, whatever stands in the script.</summary>
    public static string Shell(string name, string script, params string[] more) =>
        $"apiVersion: edge/v1\nkind: Workload\nmetadata: {{name: {name}}}\nspec:\n  run: {{exec: {{command: [/bin/sh, -c, {JsonSerializer.Serialize(script)}]}}}}\n  stop: {{timeout: 2s}}\n{string.Concat(more.Select(m => $"  {m}\n"))}";

    public async Task DeleteAsync(params string[] names)
    {
        foreach (var name in names)
        {
            (await CtlAsync("delete", name, "--wait", "--timeout", $"{Patience.TotalSeconds}s")).Succeeded();
        }
    }

    public Task OnlineAsync() => Eventually.Is(async () => (await CtlAsync("get", "nodes")).Output, o => o.Contains(" online ", StringComparison.Ordinal), Patience, o => o, "the machine's node online");

    public async Task<IReadOnlyList<SlotItem>> SlotsAsync() => Answer.Read<SlotItem>((await CtlAsync("get", "slots", "-o", "json")).Succeeded().Output);

    /// <summary>What a workload wrote, without whose it is.</summary>
    public async Task<IReadOnlyList<string>> LogLinesAsync(string name) => (await CtlAsync("logs", name)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => Prefix().Replace(l, "")).ToList();

    /// <summary>A file into which events are written from the first time on; until the machine is down.</summary>
    public async Task<string> ListenAsync()
    {
        if (_events is not null)
        {
            return _events;
        }

        var file = Path.Combine(Path.GetTempPath(), $"edge-events-{Guid.NewGuid():n}");
        Follow(file, "events", "-w");
        var turn = 0;
        await Eventually.Is(
            async () =>
            {
                (await CtlAsync("label", "nodes", "vm", $"heard={turn++}", "--overwrite")).Succeeded();
                return await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            },
            e => e.Contains("Labelled", StringComparison.Ordinal),

            // What changes a node is told once a minute.
            Patience + TimeSpan.FromMinutes(1),
            e => e,
            "an event");
        return _events = file;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _following)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        await AskAsync(Patience, "down");
    }

    private static string Script => Artifacts.RepositoryFile("tests/lab/vm.sh");

    private async Task DoAsync(params string[] arguments) => (await AskAsync(BootWithin, arguments)).Succeeded();

    private Task<CommandResult> AskAsync(TimeSpan within, params string[] arguments) => Command.RunAsync(Script, arguments, _variables, within: within);

    /// <summary>Of several replicas each line says whose it is.</summary>
    [GeneratedRegex(@"^\S+/\d+@?\S*\s+")]
    private static partial Regex Prefix();
}
