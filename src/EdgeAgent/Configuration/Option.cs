namespace EdgeAgent.Daemon.Configuration;

/// <summary>
/// One option of agent.conf. The table of these makes the checks, docs/spec/configuration.md and packaging/agent.conf.
/// </summary>
/// <param name="Section">Without brackets.</param>
/// <param name="Name">As it is written in the file.</param>
/// <param name="Kind">What a value looks like, for a person.</param>
/// <param name="Default">As it would be written; empty: none, which <paramref name="About"/> explains.</param>
/// <param name="About">One or two sentences.</param>
public sealed record Option(string Section, string Name, string Kind, string Default, string About)
{
    /// <summary><c>systemctl reload edgeagent</c> takes up its changes; of the others a restart does, which stops no work.</summary>
    public bool IsReloaded { get; init; }

    public string Key => $"{Section}:{Name}";

    /// <summary>The environment variable that stands above the files.</summary>
    public string Variable => $"EDGEAGENT_{Section}_{Name}".ToUpperInvariant();
}

/// <summary>Every option there is.</summary>
public static class Options
{
    public static readonly Option Name = new("Node", "Name", "a DNS label of at most 40 characters", "", "The node's name in its cell. Left out: the host name and six characters of a random id that is kept in StateDirectory, for every Raspberry Pi is called raspberrypi.");
    public static readonly Option Fleet = new("Node", "Fleet", "a DNS label of at most 40 characters", "default", "Everything under one trust root.");
    public static readonly Option Cell = new("Node", "Cell", "a DNS label of at most 40 characters", "default", "The nodes that share one broker.");
    public static readonly Option Labels = new("Node", "Labels", "key=value, separated by commas or spaces", "", "What manifests ask for by requires.labels and prefers.") { IsReloaded = true };
    public static readonly Option Taints = new("Node", "Taints", "key=value:Effect, Effect is NoPlace, PreferNoPlace or NoRun", "", "What keeps work away that does not tolerate it.") { IsReloaded = true };
    public static readonly Option Capacity = new("Node", "Capacity", "cpu=2,memory=4Gi,disk=10Gi,tasks=4096", "", "What may be given to work. What is left out is the machine's.") { IsReloaded = true };
    public static readonly Option Reserved = new("Node", "Reserved", "cpu=200m,memory=256Mi", "", "Taken off the capacity: for the system itself.") { IsReloaded = true };
    public static readonly Option Devices = new("Node", "Devices", "gpu=8 or gpu=8:V100M16, separated by commas or spaces", "", "Devices that are given to work by resources.devices, numbered from 0 in each kind, and their model. Expressions find them as the facts device.gpu and device.gpu.model.");
    public static readonly Option OperatorKeys = new("Node", "OperatorKeys", "files, separated by commas or spaces", "/etc/edgeagent/operator.pub", "Public keys (PEM) whose intents and commands are applied. Without one the agent applies nothing, and says so.");
    public static readonly Option ReconnectWindow = new("Node", "ReconnectWindow", "a duration from 1s to 10m", "10s", "R of the protocol: over which reconnects are spread, and after which a view counts as settled. The same in the whole cell.");
    public static readonly Option EvictForMemory = new("Node", "EvictForMemory", "yes or no", "yes", "Whether work is moved away, the least important first, while the node is short of memory. What is pinned or runs on every node stays.");
    public static readonly Option StateDirectory = new("Node", "StateDirectory", "a folder", "/var/lib/edgeagent", "The store, and the work of the process runtime. Made with mode 0700.");
    public static readonly Option RuntimeDirectory = new("Node", "RuntimeDirectory", "a folder", "/run/edgeagent", "The local socket agent.sock (mode 0600).");
    public static readonly Option Url = new("Broker", "Url", "mqtt://HOST:PORT or mqtts://HOST:PORT", "mqtt://127.0.0.1:1883", "The broker. mqtts is TLS; the default ports are 1883 and 8883.");
    public static readonly Option Root = new("Broker", "Root", "at most 16 characters, one slash at most", "edge/v1", "What all topics begin with.");
    public static readonly Option Username = new("Broker", "Username", "a text", "", "For brokers that want one.");
    public static readonly Option PasswordFile = new("Broker", "PasswordFile", "a file", "", "Its content is the password; a last line feed is left out. %d is systemd's folder of credentials.");
    public static readonly Option CaFile = new("Broker", "CaFile", "a file", "", "Certificates (PEM) that may have signed the broker's. Left out: the system's.");
    public static readonly Option CertificateFile = new("Broker", "CertificateFile", "a file", "", "The node's own certificate (PEM), where the broker wants one. KeyFile belongs to it.");
    public static readonly Option KeyFile = new("Broker", "KeyFile", "a file", "", "The key of CertificateFile (PEM).");
    public static readonly Option KeepAlive = new("Broker", "KeepAlive", "a duration from 1s to 1h", "60s", "After one and a half of it without a word the connection counts as lost, at both ends.");
    public static readonly Option Protocol = new("Broker", "Protocol", "auto, 5 or 3.1.1", "auto", "The version of MQTT. auto is 5, and 3.1.1 where the broker refuses it.");
    public static readonly Option Kind = new("Runtime", "Kind", "auto, systemd or process", "auto", "What runs the work. auto takes systemd where it can be reached, else plain processes.");
    public static readonly Option SharedManager = new("Runtime", "SharedManager", "yes or no", "no", "Whether other agents run work on this systemd too: units are then called edge-FLEET_NODE_WORKLOAD_INDEX.service in edge-NODE.slice, instead of edge-WORKLOAD-INDEX.service in edge.slice.");
    public static readonly Option ArtifactDisk = new("Artifacts", "Disk", "bytes such as 2Gi", "2Gi", "What unpacked artifacts may take of the disk together. Those that no work uses go first where there is need, the longest unused before others. What is being fetched has its archive besides, and its own room until it is whole.");
    public static readonly Option ArtifactRate = new("Artifacts", "Rate", "bytes a second such as 500Ki", "", "How quickly artifacts are fetched at most. Left out: as they come.");
    public static readonly Option ArtifactHttp = new("Artifacts", "Http", "yes or no", "no", "Whether artifacts are fetched by http too. Their digest protects them from being changed on the way, and nothing from being read.");
    public static readonly Option ArtifactCaFile = new("Artifacts", "CaFile", "a file", "", "Certificates (PEM) that may have signed those of the artifacts' servers. Left out: the system's.");
    public static readonly Option ArtifactS3 = new("Artifacts", "S3", "REGION@https://HOST:PORT/=FILE, separated by commas or spaces", "", "Object stores whose addresses begin so: requests to them are signed (AWS Signature Version 4) with the key in FILE, which is one line, KEY:SECRET.");
    public static readonly Option Level = new("Log", "Level", "debug, info, notice, warning or error", "info", "What is less important is not written.") { IsReloaded = true };
    public static readonly Option Format = new("Log", "Format", "text or json", "text", "One line an event, to standard error.");

    public static readonly IReadOnlyList<Option> All =
    [
        Name, Fleet, Cell, Labels, Taints, Capacity, Reserved, Devices, OperatorKeys, ReconnectWindow, EvictForMemory, StateDirectory, RuntimeDirectory,
        Url, Root, Username, PasswordFile, CaFile, CertificateFile, KeyFile, KeepAlive, Protocol, Kind, SharedManager, ArtifactDisk, ArtifactRate, ArtifactHttp, ArtifactCaFile, ArtifactS3, Level, Format,
    ];
}
