using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>A unit that the runtime's thread watches.</summary>
internal sealed class ProcessUnit(UnitFolder folder, UnitTag tag, string mark) : IDisposable
{
    public UnitFolder Folder => folder;

    public UnitTag Tag => tag;

    public string Mark => mark;

    /// <summary>The shim, while it lives.</summary>
    public Descriptor? Shim { get; set; }

    public int ShimPid { get; set; }

    public int Watch { get; set; } = -1;

    public ShimState Said { get; set; } = new();

    public bool IsStopping { get; set; }

    public bool IsEndTold { get; set; }

    /// <summary>Processes of it may be left without a supervisor.</summary>
    public bool HasRemains { get; set; }

    /// <summary>Those of them that were sent SIGKILL: while it ends, a process has no environment any more, and no mark by which it would be found.</summary>
    public Dictionary<int, Descriptor> Dying { get; } = [];

    /// <summary>The supervisor saw the last process end.</summary>
    public bool HasConcluded => Said.Phase is ShimPhase.Ended or ShimPhase.Gone;

    /// <summary>When a shim that does not stop is killed; monotonic milliseconds.</summary>
    public long StopUntil { get; set; } = long.MaxValue;

    public UnitReport Report() => new(tag, $"{folder.Slot.Workload}.{folder.Slot.Index}", Said.Phase == ShimPhase.Running ? Said.Pid : 0, Shim is not null && !HasConcluded)
    {
        StartedAt = Said.StartedAt,
        Restarts = Said.Restarts,
        Result = Said.Result,
        Status = Said.Status,
        Detail = Said.Detail,
    };

    public void Dispose()
    {
        Shim?.Dispose();
        Shim = null;
        foreach (var process in Dying.Values)
        {
            process.Dispose();
        }

        Dying.Clear();
    }
}
