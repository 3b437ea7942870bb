using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.SocketFilters.Binding;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.SocketFilters;

/// <summary>
/// Programs that hold slots to their <see cref="NetworkRules"/>: loaded and pinned here, and put to a unit's control group by systemd before its process is there (systemd.resource-control(5), BPFProgram=). A slot's are a folder
/// <c>WORKLOAD_INDEX_HASH</c>, of the rules: what was pinned for the same rules stays. For one thread.
/// </summary>
internal sealed class SocketFilterStore : IDisposable
{
    /// <summary>Since this version systemd puts others' programs to a unit's group.</summary>
    public const int VersionMin = 249;

    private const string Mount = "/sys/fs/bpf";
    private const string Prefix = "edgeagent-";
    private const string RingName = "denied";
    private const string LinksName = "links";
    private const char Between = '_';
    private const int HashLength = 12;

    /// <summary>So many are remembered before those that hold nobody are forgotten.</summary>
    private const int SlotsMax = 256;

    private static readonly NetworkRules Nothing = new();

    private readonly string _folder;
    private readonly Action<SlotId, Denial> _hear;
    private readonly Lock _gate = new();

    /// <summary>Whose a tag is, also for a while after its unit has ended: what it was denied last comes after that. The ring's thread reads it.</summary>
    private readonly Dictionary<ulong, SlotId> _slots = [];

    /// <summary>What is loaded, as far as it is known.</summary>
    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);
    private DenialRing? _ring;
    private int _ringFd;
    private bool _isSwept;

    /// <param name="storeId">Of the agent's store: another agent's programs are another folder.</param>
    /// <param name="lack">Why work can't be held to its rules here (<see cref="LackHere"/>); what was loaded before is looked after all the same.</param>
    /// <param name="hear">Told of what was denied, on another thread.</param>
    public SocketFilterStore(string storeId, string lack, Action<SlotId, Denial> hear) => (_folder, Lack, _hear) = (Path.Combine(Mount, $"{Prefix}{storeId}"), lack, hear);

    /// <summary>Why work can't be held to its rules here, for a person; empty: it can.</summary>
    public string Lack { get; }

    /// <summary>Why work can't be held to its rules here, for a person; empty: it can. It is tried: a kernel may lack something, or a container may not be let.</summary>
    /// <param name="version">The service manager's; 0: there is none that takes orders.</param>
    public static string LackHere(int version)
    {
        if (!Confinement.OfThisMachine().IsStrictFor(SandboxLevel.Strict) || version < VersionMin)
        {
            return $"that wants a strict sandbox, which is an agent that is root and a kernel with seccomp, and the machine's systemd {VersionMin} or later";
        }

        if (!Confinement.HasUnifiedGroups || !Directory.Exists(Mount))
        {
            return $"that wants control groups of version 2, and {Mount}";
        }

        var folder = Path.Combine(Mount, string.Create(CultureInfo.InvariantCulture, $"{Prefix}try-{Environment.ProcessId}"));
        try
        {
            using var ring = BpfKernel.CreateRing(DenialRing.Bytes);
            Pin(folder, Nothing, 0, ring.Fd);
            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"the kernel doesn't take what is to hold it: {e.Message}";
        }
        finally
        {
            Clear(folder);
        }
    }

    /// <summary>What a slot's programs are called. Throws <see cref="IOException"/> with the kernel's word where it doesn't take them.</summary>
    public string Load(SlotId slot, NetworkRules rules)
    {
        if (Lack.Length > 0)
        {
            throw new IOException(Lack);
        }

        // Of the programs' text, so that another agent's are others.
        var text = SocketHook.All.SelectMany(h => SocketPrograms.Of(h, rules, 0, 0)).ToArray();
        var name = string.Create(CultureInfo.InvariantCulture, $"{slot.Workload}{Between}{slot.Index}{Between}{Convert.ToHexStringLower(SHA256.HashData(text))[..HashLength]}");
        Know(name, slot);
        var folder = Path.Combine(_folder, name);
        if (SocketHook.All.All(h => File.Exists(Path.Combine(folder, h.Name))))
        {
            return name;
        }

        try
        {
            Pin(folder, rules, TagOf(name), _ringFd);
            return name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Clear(folder);
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>What an agent before this one has loaded is heard from again. Throws <see cref="IOException"/>.</summary>
    public void Know(string name, SlotId slot)
    {
        _loaded.Add(name);
        lock (_gate)
        {
            if (_slots.Count >= SlotsMax)
            {
                var loaded = _loaded.Select(TagOf).ToHashSet();
                _slots.Keys.Where(t => !loaded.Contains(t)).ToList().ForEach(t => _slots.Remove(t));
            }

            _slots[TagOf(name)] = slot;
        }

        try
        {
            Listen();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Something was loaded since the machine's boot.</summary>
    public bool HasAny => Directory.Exists(_folder);

    /// <summary>As systemd wants to have it: which program where.</summary>
    public IEnumerable<(string Hook, string Path)> Pins(string name) => SocketHook.All.Select(h => (h.Name, Path.Combine(_folder, name, h.Name)));

    /// <summary>
    /// Sees that the programs hold a unit, and keeps it so: systemd, which has put them there, takes them away at a daemon-reload, and puts them back only with the next start (seen with 252).
    /// </summary>
    /// <param name="name">As <see cref="Load"/> gave it.</param>
    /// <param name="cgroup">The unit's control group.</param>
    /// <returns>What doesn't hold, for a person; empty: all does, or the group is gone with its process.</returns>
    public string Hold(string name, string cgroup)
    {
        var links = new List<Descriptor>();
        try
        {
            foreach (var hook in SocketHook.All)
            {
                using var program = BpfKernel.Open(Path.Combine(_folder, name, hook.Name));
                if (!BpfKernel.At(hook, cgroup).Contains(BpfKernel.NumberOf(program)))
                {
                    return $"the program {hook.Name} isn't at its control group";
                }

                links.Add(BpfKernel.Link(hook, program, cgroup));
            }

            // Those of a group before this one, or of this one: the new ones are there already.
            var folder = Path.Combine(_folder, name, LinksName);
            Clear(folder);
            Directory.CreateDirectory(folder);
            for (var i = 0; i < links.Count; i++)
            {
                BpfKernel.Pin(links[i], Path.Combine(folder, SocketHook.All[i].Name));
            }

            return "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Directory.Exists(cgroup) ? e.Message : "";
        }
        finally
        {
            links.ForEach(l => l.Dispose());
        }
    }

    /// <summary>Lets go of all others; what can't be let go of stays until the machine's next boot. No group may need them: that loses its links with them.</summary>
    public void Keep(IReadOnlySet<string> used)
    {
        if (_isSwept && _loaded.IsSubsetOf(used))
        {
            return;
        }

        _isSwept = true;
        _loaded.IntersectWith(used);
        foreach (var folder in Folders().Where(f => !used.Contains(Path.GetFileName(f))))
        {
            Clear(folder);
        }
    }

    public void Dispose() => _ring?.Dispose();

    private static void Pin(string folder, NetworkRules rules, ulong tag, int ring)
    {
        Clear(folder);
        Directory.CreateDirectory(folder);
        foreach (var hook in SocketHook.All)
        {
            using var program = BpfKernel.Load(hook, SocketPrograms.Of(hook, rules, tag, ring));
            BpfKernel.Pin(program, Path.Combine(folder, hook.Name));
        }
    }

    /// <summary>The ring outlives the agent, as do the programs that write to it.</summary>
    private void Listen()
    {
        if (_ring is not null)
        {
            return;
        }

        var path = Path.Combine(_folder, RingName);
        Descriptor ring;
        if (File.Exists(path))
        {
            ring = BpfKernel.Open(path);
        }
        else
        {
            Directory.CreateDirectory(_folder);
            ring = BpfKernel.CreateRing(DenialRing.Bytes);
            BpfKernel.Pin(ring, path);
        }

        _ringFd = ring.Fd;
        _ring = new DenialRing(ring, Hear);
    }

    private void Hear(SocketDenial denial)
    {
        SlotId slot;
        lock (_gate)
        {
            if (!_slots.TryGetValue(denial.Tag, out slot))
            {
                return;
            }
        }

        _hear(slot, denial.Denial);
    }

    private static ulong TagOf(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private string[] Folders()
    {
        try
        {
            return Directory.GetDirectories(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Somebody else may be at it.</summary>
    private static void Clear(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left is tried again with the next sweep.
        }
    }
}
