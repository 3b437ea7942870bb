using System.Diagnostics;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>The same fleet on Mosquitto, with the packaged configuration but for its port and folder.</summary>
internal sealed partial class ProcessFleet
{
    private const string Program = "/usr/sbin/mosquitto";
    private static readonly TimeSpan ListensWithin = TimeSpan.FromSeconds(10);

    private string MosquittoLog => Path.Combine(Root, "mosquitto.log");

    private string MosquittoFolder => Path.Combine(Root, "mosquitto");

    /// <summary>The broker neither answers nor ends, and its connections stay open: to the agents it is a cable that was cut.</summary>
    public Task HangMosquittoAsync() => SignalMosquittoAsync("-STOP");

    public Task ResumeMosquittoAsync() => SignalMosquittoAsync("-CONT");

    private async Task SignalMosquittoAsync(string signal) => (await Command.RunAsync("/bin/kill", [signal, $"{_mosquitto!.Id}"], _variables)).Succeeded();

    private async Task StopMosquittoAsync(bool kill)
    {
        if (kill)
        {
            _mosquitto!.Kill();
        }
        else
        {
            await SignalMosquittoAsync("-TERM");
        }

        await _mosquitto!.WaitForExitAsync(TestContext.Current.CancellationToken);
        _mosquitto.Dispose();
        _mosquitto = null;
    }

    private async Task StartMosquittoAsync(bool empty)
    {
        if (empty && Directory.Exists(MosquittoFolder))
        {
            Directory.Delete(MosquittoFolder, recursive: true);
        }

        Directory.CreateDirectory(MosquittoFolder);
        var packaged = await File.ReadAllTextAsync(Artifacts.RepositoryFile("packaging/mosquitto/edgeagent.conf"), TestContext.Current.CancellationToken);
        var configuration = Path.Combine(Root, "mosquitto.conf");
        var user = Environment.IsPrivilegedProcess ? "user root\n" : "";
        await File.WriteAllTextAsync(
            configuration,
            packaged.Replace("listener 1883 127.0.0.1", $"listener {Port} 127.0.0.1", StringComparison.Ordinal) + $"\npersistence_location {MosquittoFolder}/\n{user}",
            TestContext.Current.CancellationToken);
        // To a file, so that a failure can say what it said; it must outlive nothing, and no pipe can fill.
        _mosquitto = Process.Start("/bin/sh", ["-c", "exec \"$0\" -c \"$1\" >> \"$2\" 2>&1", Program, configuration, MosquittoLog]);
        await Eventually.Is(() => Ports.ListensAsync(Port), listens => listens, ListensWithin, _ => Described(), $"Mosquitto listening on port {Port}");
    }

    // edgectl up made the key, the configuration and the context; its broker gives way, and the agents find the other under the same address.
    private async Task MoveToMosquittoAsync(string options)
    {
        Assert.SkipUnless(File.Exists(Program), $"{Program} is missing: run ./build.sh setup");
        await DownAsync();
        Directory.Delete(Path.Combine(Folder, "broker"), recursive: true);
        foreach (var node in Nodes)
        {
            Directory.Delete(StateOf(node), recursive: true);
        }

        await StartMosquittoAsync(empty: true);
        foreach (var node in Nodes)
        {
            if (options.Length > 0)
            {
                var folder = Directory.CreateDirectory(Path.Combine(Folder, node, "agent.conf.d")).FullName;
                await File.WriteAllTextAsync(Path.Combine(folder, "test.conf"), options, TestContext.Current.CancellationToken);
            }

            StartAgent(node);
        }

        await OnlineAsync(Nodes.Count);
    }

    private string Described() => $"{(_mosquitto!.HasExited ? $"it ended with {_mosquitto.ExitCode}" : "it runs")}\n{File.ReadAllText(MosquittoLog)}";
}
