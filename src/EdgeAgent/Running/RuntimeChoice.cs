using EdgeAgent.Core.Fleet;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Linux.Artifacts;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Running;

/// <summary>Which runtime runs the work here, and why; for a person.</summary>
internal sealed record RuntimeChoice(RuntimeKind Kind, string Why)
{
    private const string ShimVariable = "EDGE_SHIM";

    public static string ShimPath => Environment.GetEnvironmentVariable(ShimVariable) is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "edge-shim");

    /// <summary>
    /// <c>auto</c> takes systemd where it can be had, but no agent leaves work behind that it then no longer sees: while units of plain processes are
    /// there, it stays with these. Throws <see cref="ConfigurationException"/> where what is configured can't be had.
    /// </summary>
    public static RuntimeChoice Of(AgentConfiguration configuration)
    {
        var hasProcesses = ProcessRuntime.HasUnits(configuration.WorkDirectory);
        switch (configuration.Runtime)
        {
            case RuntimeKind.Process:
                return Process("configured ([Runtime] Kind=process)");
            case RuntimeKind.Systemd when hasProcesses:
                throw Refused(configuration, $"work of the process runtime is still in {configuration.WorkDirectory}: start the agent once with Kind=process and let the work be drained or deleted");
            case RuntimeKind.Systemd:
                return SystemdRuntime.IsAvailable(out var hindrance)
                    ? new RuntimeChoice(RuntimeKind.Systemd, "configured ([Runtime] Kind=systemd)")
                    : throw Refused(configuration, $"{hindrance}. Kind=auto takes plain processes here");
            default:
                if (hasProcesses)
                {
                    return Process($"its work is still in {configuration.WorkDirectory}; without any, auto looks for systemd again");
                }

                return SystemdRuntime.IsAvailable(out var reason) ? new RuntimeChoice(RuntimeKind.Systemd, "auto: systemd can be reached") : Process($"auto: {reason}");
        }
    }

    /// <summary>The runtime and the reader of its logs. <paramref name="storeId"/> is part of the mark of whatever is started.</summary>
    public (IRuntime Runtime, IUnitLog Log) Make(AgentConfiguration configuration, NodeId node, string storeId, IInputSink sink)
    {
        if (Kind == RuntimeKind.Systemd)
        {
            var options = new SystemdRuntimeOptions(configuration.Fleet, node, storeId) { IsManagerShared = configuration.IsManagerShared, Folders = (configuration.RuntimeDirectory, configuration.StateDirectory) };
            return (new SystemdRuntime(options, sink), new JournalLog(options));
        }

        var owner = $"{configuration.Fleet}/{node}/{storeId}";
        return (new ProcessRuntime(new ProcessRuntimeOptions(configuration.WorkDirectory, ShimPath, owner), sink), new RingLog(configuration.WorkDirectory));
    }

    /// <summary>Where this runtime's work finds what it comes in, and who fetches that.</summary>
    public ArtifactOptions ArtifactsOf(AgentConfiguration configuration, NodeId node)
    {
        var program = Environment.ProcessPath ?? "/proc/self/exe";
        if (Kind != RuntimeKind.Systemd || !Confinement.OfThisMachine().IsSystem)
        {
            return configuration.Artifacts with { Folder = Path.Combine(configuration.StateDirectory, "artifacts"), Program = program };
        }

        var options = new SystemdRuntimeOptions(configuration.Fleet, node, "") { IsManagerShared = configuration.IsManagerShared };
        return configuration.Artifacts with { Folder = options.ArtifactFolder, Program = program, Service = options.FetchService, Hidden = [configuration.StateDirectory, configuration.RuntimeDirectory, options.ArtifactFolder] };
    }

    private static RuntimeChoice Process(string why) => File.Exists(ShimPath)
        ? new RuntimeChoice(RuntimeKind.Process, why)
        : throw new ConfigurationException([$"{ShimPath} is missing: it belongs beside edgeagent, or {ShimVariable} names it"]);

    private static ConfigurationException Refused(AgentConfiguration configuration, string reason) =>
        new([$"{configuration.File}: [Runtime] Kind=systemd can't be had: {reason}"]);
}
