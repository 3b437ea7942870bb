using System.Globalization;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// The folders in which slots keep what stays (systemd.exec(5), StateDirectory=): <c>/var/lib/edge-work/WORKLOAD.INDEX.INCARNATION</c>. systemd makes them, and gives them to the user of whoever runs; what is nobody's any
/// more is removed here, on a thread of its own, for there may be much of it.
/// </summary>
internal sealed class StateFolders(SystemdRuntimeOptions options, IInputSink sink)
{
    private const string Root = "/var/lib";

    /// <summary>Where systemd puts those of users that are made for a unit.</summary>
    private const string PrivateRoot = "/var/lib/private";

    private readonly Dictionary<WorkloadName, RuntimeForget> _asked = [];
    private readonly Lock _gate = new();

    private readonly string _name = NameOf(options);

    /// <summary>As StateDirectory= names it.</summary>
    public static string Of(UnitTag tag, SystemdRuntimeOptions options) => string.Create(CultureInfo.InvariantCulture, $"{NameOf(options)}/{tag.Slot.Workload}.{tag.Slot.Index}.{tag.Incarnation}");

    /// <summary>Those of all slots of its workload, as a pattern of apparmor.d(5): each is another user's.</summary>
    public static string OfAll(UnitTag tag, SystemdRuntimeOptions options) => $"{NameOf(options)}/{tag.Slot.Workload}.*.{tag.Incarnation}";

    /// <param name="request">What is nobody's any more.</param>
    /// <param name="runs">Whether work runs with the folder of this name.</param>
    public void Forget(RuntimeForget request, Func<string, bool> runs)
    {
        // Only the machine's manager makes such folders; those that lie there are another agent's to remove.
        if (Confinement.OfThisMachine().IsSystem)
        {
            _asked[request.Workload] = request;
            Sweep(request.Workload, runs);
        }
    }

    /// <summary>Work has ended, and may have been all that kept a folder.</summary>
    public void Ended(WorkloadName workload, Func<string, bool> runs)
    {
        if (_asked.ContainsKey(workload))
        {
            Sweep(workload, runs);
        }
    }

    private void Sweep(WorkloadName workload, Func<string, bool> runs)
    {
        var request = _asked[workload];
        List<string> gone = [];
        var isDone = true;
        foreach (var folder in ((string[])[Root, PrivateRoot]).SelectMany(r => FoldersIn(Path.Combine(r, _name))))
        {
            var name = Path.GetFileName(folder);
            if (name.Split('.') is not [var named, _, var incarnation] || named != workload.Value || !request.Gone.Any(g => $"{g}" == incarnation))
            {
                continue;
            }

            if (runs($"{_name}/{name}"))
            {
                isDone = false;
            }
            else
            {
                gone.Add(folder);
            }
        }

        if (isDone)
        {
            _asked.Remove(workload);
        }

        if (gone.Count > 0)
        {
            _ = Task.Run(() => Remove(gone));
        }
    }

    private string[] FoldersIn(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was kept yet.
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            sink.Post(new RuntimeTrouble(folder, $"what deleted work has kept in {folder} can't be found: {e.Message}"));
            return [];
        }
    }

    private static string NameOf(SystemdRuntimeOptions options) => options.IsManagerShared ? $"edge-work-{options.Fleet}_{options.Node}" : "edge-work";

    /// <summary>What can't be removed now is tried again when the agent starts anew.</summary>
    private void Remove(List<string> folders)
    {
        lock (_gate)
        {
            foreach (var folder in folders)
            {
                try
                {
                    // A link (systemd makes one into the private folder) is removed, and not what it leads to; nor is any link inside followed.
                    if (File.ResolveLinkTarget(folder, returnFinalTarget: false) is not null)
                    {
                        File.Delete(folder);
                    }
                    else
                    {
                        Directory.Delete(folder, recursive: true);
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    sink.Post(new RuntimeTrouble(folder, $"what deleted work has kept in {folder} can't be removed: {e.Message}"));
                }
            }
        }
    }
}
