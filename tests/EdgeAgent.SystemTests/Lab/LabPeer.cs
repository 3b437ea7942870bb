using System.Diagnostics;
using EdgeAgent.SystemTests.Frame;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>A published agent beside a virtual machine, over the same broker.</summary>
internal sealed class LabPeer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private LabPeer(string folder, Process process) => (_folder, _process) = (folder, process);

    public static LabPeer Start(string port, string operatorKey)
    {
        var folder = Directory.CreateTempSubdirectory("edge-peer-").FullName;
        var file = Path.Combine(folder, "agent.conf");
        File.WriteAllText(file, $"""
            [Node]
            Name = peer
            ReconnectWindow = 2s
            OperatorKeys = {operatorKey}
            StateDirectory = {folder}/state
            RuntimeDirectory = {folder}/run
            [Broker]
            Url = mqtt://127.0.0.1:{port.Trim()}
            KeepAlive = 5s
            [Runtime]
            Kind = process
            """);
        return new LabPeer(folder, Process.Start("/bin/sh", ["-c", "exec \"$0\" run --config \"$1\" >\"$2\" 2>&1", Artifacts.EdgeAgent, file, Path.Combine(folder, "log")]));
    }

    /// <summary>Its work is to be deleted before: it outlives the agent.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
