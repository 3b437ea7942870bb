using System.Diagnostics.CodeAnalysis;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Linux.SocketFilters;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Work that is held to its network rules, by programs that are loaded before and let go of after. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    private readonly SocketFilterStore _filters;

    /// <summary>Of units that are another agent's by their marks, and were this one's under another name perhaps: they are let be.</summary>
    private IReadOnlyList<string> _othersFilters = [];

    /// <summary>Why work can't be held to its network rules here, for a person; empty: it can.</summary>
    public static string NetworkLack() => SocketFilterStore.LackHere(ManagerHere().Version);

    private UnitHold HoldOf(SystemdUnit unit) => new(unit.Profile, unit.Filter is { } filter ? [.. _filters.Pins(filter)] : []);

    /// <summary>False: it was refused.</summary>
    private bool TryLoadFilter(UnitSpec spec, NetworkRules rules, string unit, [NotNullWhen(true)] out string? filter)
    {
        try
        {
            filter = _filters.Load(spec.Tag.Slot, rules);
            return true;
        }
        catch (IOException e)
        {
            Refuse(spec, unit, $"it is to be held to its network rules, and can't be: {e.Message}");
            filter = null;
            return false;
        }
    }

    /// <summary>What agents before this one have loaded is heard of, where its unit is there, and else let go.</summary>
    private void TakeOverFilters(ManagerBus manager)
    {
        if (!_filters.HasAny)
        {
            return;
        }

        _othersFilters = [.. manager.List(UnitName.Pattern).Where(manager.IsLoaded).Select(n => UnitName.ReadFilter(manager.ReadEnvironment(n)) ?? "").Where(f => f.Length > 0).Except(Filters())];
        try
        {
            foreach (var unit in _units.Values.Where(u => u.Filter is not null))
            {
                _filters.Know(unit.Filter!, unit.Tag.Slot);
            }
        }
        catch (IOException e)
        {
            _sink.Post(new RuntimeTrouble("network", $"what its network rules deny work is denied, and can't be told: {e.Message}"));
        }

        ReleaseFilters();
    }

    private IEnumerable<string> Filters() => _units.Values.Select(u => u.Filter ?? "");

    private void ReleaseFilters()
    {
        // One that is to be started again may be there already, and is held by what was loaded for it.
        lock (_gate)
        {
            if (_requests.Concat(_behindFence).OfType<RuntimeStart>().Any(r => r.Spec.Network is not null))
            {
                return;
            }
        }

        _filters.Keep(Filters().Concat(_othersFilters).ToHashSet(StringComparer.Ordinal));
    }

    private bool ProveFilter(SystemdUnit unit, UnitReport report)
    {
        if (unit.Filter is not { } filter)
        {
            return true;
        }

        var group = Cgroups.Of(new MachineRoot(""), report.Pid).FolderOf(unit.Name);
        var lacking = group is not null ? _filters.Hold(filter, group) : "its process isn't in its unit's control group";
        if (lacking.Length == 0 || ProcFile.StartTime(report.Pid) == 0)
        {
            // It holds, or has ended meanwhile.
            return true;
        }

        TellEnd(unit, report with { Result = UnitResult.NotHeld, Detail = $"its network rules do not hold it: {lacking}" });
        return false;
    }
}
