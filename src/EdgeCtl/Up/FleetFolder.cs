using System.Text;

namespace EdgeCtl.Up;

/// <summary>Where a fleet of <c>edgectl up</c> lives: one folder holds all of it. Paths are absolute.</summary>
public sealed class FleetFolder
{
    // sun_path of unix(7) has 108 bytes, and the last one is 0.
    private const int SocketPathBytesMax = 107;

    public FleetFolder(string path)
    {
        Root = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar);
    }

    public string Root { get; }

    /// <summary>The operator's private key, mode 0600.</summary>
    public string Key => Path.Combine(Root, "operator.key");

    public string PublicKey => Path.Combine(Root, "operator.pub");

    /// <summary>The broker's retained messages.</summary>
    public string Broker => Path.Combine(Root, "broker");

    /// <summary>Two lines: the pid of the <c>up</c> that runs the fleet, and when it started (field 22 of proc(5)'s stat).</summary>
    public string Pid => Path.Combine(Root, "up.pid");

    /// <summary>Locked as long as an <c>up</c> runs.</summary>
    public string Lock => Path.Combine(Root, "up.lock");

    /// <summary>What a detached <c>up</c> has to tell.</summary>
    public string Log => Path.Combine(Root, "up.log");

    /// <summary><c>$XDG_STATE_HOME/edgectl/up</c>, else <c>~/.local/state/edgectl/up</c>.</summary>
    public static string Default() => Path.Combine(UserFolders.State(), "edgectl", "up");

    public NodeFolder Node(int number) => new(Path.Combine(Root, $"node-{number}"));

    /// <summary>The nodes that have a folder here, of this fleet or of a larger one before it.</summary>
    public IReadOnlyList<NodeFolder> Nodes() =>
        Directory.Exists(Root) ? [.. Directory.EnumerateDirectories(Root, "node-*").Order(StringComparer.Ordinal).Select(p => new NodeFolder(p))] : [];

    /// <summary>Null, or why no fleet can live here.</summary>
    public string? Unfitness(int nodes)
    {
        var longest = Encoding.UTF8.GetByteCount(Node(nodes).Socket);
        return longest > SocketPathBytesMax
            ? $"{Root} is too long a path: the agents' sockets in it would have {longest} bytes, and a socket's path has at most {SocketPathBytesMax}: name a shorter folder with --dir"
            : null;
    }
}

/// <summary>One node's part of the folder.</summary>
public sealed class NodeFolder(string path)
{
    public string Root { get; } = path;

    /// <summary><c>node-3</c>.</summary>
    public string Name { get; } = Path.GetFileName(path);

    public string Configuration => Path.Combine(Root, "agent.conf");

    /// <summary>The agent's pid alone, for scripts.</summary>
    public string Pid => Path.Combine(Root, "agent.pid");

    public string Log => Path.Combine(Root, "agent.log");

    public string State => Path.Combine(Root, "state");

    public string Runtime => Path.Combine(Root, "run");

    public string Socket => Path.Combine(Runtime, "agent.sock");

    /// <summary>The process runtime's units.</summary>
    public string Work => Path.Combine(State, "work");
}
