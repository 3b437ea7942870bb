using System.Buffers.Binary;
using System.Security.Cryptography;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Control;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Daemon.Logs;
using EdgeAgent.Daemon.Machine;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Daemon.Threading;
using EdgeAgent.Daemon.Verbs;
using EdgeAgent.Linux.Artifacts;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Store;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Security;

namespace EdgeAgent.Daemon.Running;

/// <summary>The agent put together: what is behind each port, and the loop over them.</summary>
internal sealed class Composition : IDisposable
{
    private readonly List<IDisposable> _parts = [];
    private readonly ExitRequest _exit = new();
    private readonly InputQueue _queue = new();
    private readonly LoopThread _loop;

    public Composition(AgentConfiguration configuration, Func<AgentConfiguration> readAgain, ServiceSupervisor supervisor, JournalObserver observer)
    {
        Folder(configuration.StateDirectory);
        Folder(configuration.RuntimeDirectory);
        var node = configuration.Name ?? NodeName.ReadOrMake(configuration.StateDirectory);
        var store = Own(SqliteStore.Open(configuration.StorePath, _queue));
        var choice = RuntimeChoice.Of(configuration);
        var (runtime, log) = choice.Make(configuration, node, store.StoreId, _queue);
        _parts.Add((IDisposable)runtime);
        observer.Tell(Severity.Info, "RuntimeChosen", node.Value, choice.Kind == RuntimeKind.Systemd ? "systemd" : "process", choice.Why);
        var keys = Keys(configuration, observer);
        Reload = new Reload(configuration, readAgain, observer, _queue);
        var control = Own(new ControlServer(configuration.SocketPath, _queue, log, Reload));
        var watched = ShutdownInhibitor.OfMachine(supervisor, TimeProvider.System, why => observer.Tell(Severity.Info, "NoInhibitor", node.Value, "", $"a shutdown while work is being changed is not held off: {why}"));
        if (watched is IDisposable inhibitor)
        {
            _parts.Add(inhibitor);
        }

        var inspector = new Inspector(new MachineRoot(""), configuration.StateDirectory, log, choice.Kind == RuntimeKind.Systemd, _queue);
        var ports = new NodePorts(
            Own(new MqttBroker(configuration.Broker, _queue)), store, runtime, Own(new ArtifactStore(choice.ArtifactsOf(configuration, node), _queue, TimeProvider.System)), Own(new LogStreams(log, _queue)), inspector, runtime as IUnitActions ?? new NoUnitActions(_queue), new MachinePower(_queue), control, _exit, watched, observer);
        _parts.Add(new MemoryWatch(new MachineRoot(""), configuration.EvictsForMemory, _queue, TimeProvider.System));
        Node = node;
        var envelope = new Envelope(keys);
        _ = Task.Run(envelope.WarmUp);
        _loop = new LoopThread(new NodeLoop(Options(configuration, node), envelope, ports, TimeProvider.System, Random()), _queue, supervisor, _exit);
    }

    public NodeId Node { get; }

    public Reload Reload { get; }

    public void Shutdown(string reason) => _queue.Post(new ShutdownRequested(reason, MachinePower.IsRestarting()));

    /// <summary>Until it is to exit; says why.</summary>
    public (ExitReason Reason, string Message) Run()
    {
        _loop.Run();
        return (_exit.Reason, _exit.Message);
    }

    public void Dispose()
    {
        _parts.Reverse();
        _parts.ForEach(p => p.Dispose());
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }

    private static NodeOptions Options(AgentConfiguration configuration, NodeId node)
    {
        var machine = MachineFacts.Read(configuration.StateDirectory);
        return new NodeOptions
        {
            Fleet = configuration.Fleet,
            Cell = configuration.Cell,
            Root = configuration.Root,
            Node = node,
            Instance = Random(),
            Version = VersionVerb.Version,
            Capacity = configuration.CapacityOf(machine),
            Architecture = machine.Architecture,
            OperatingSystem = machine.OperatingSystem,
            Kernel = machine.Kernel,
            Labels = configuration.Labels,
            Taints = configuration.Taints,
            Facts = configuration.FactsOf(machine),
            ReconnectWindow = configuration.ReconnectWindow,
        };
    }

    private static List<PublicKey> Keys(AgentConfiguration configuration, JournalObserver observer)
    {
        var keys = new List<PublicKey>();
        foreach (var file in configuration.OperatorKeys.Where(File.Exists))
        {
            try
            {
                keys.Add(PublicKey.FromPem(File.ReadAllText(file)));
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
            {
                observer.Tell(Severity.Error, "KeyRefused", file, "", $"{file} is not trusted: {SystemWords.Of(e)}");
            }
        }

        return keys;
    }

    private static void Folder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static ulong Random() => BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
