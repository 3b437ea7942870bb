using System.Diagnostics.CodeAnalysis;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.SocketFilters;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Work that is held to its network rules, by programs that are loaded before and let go of after. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    /// <summary>Null where work can't be held so here.</summary>
    private readonly SocketFilterStore? _filters;

    /// <summary>Why work can't be held to its network rules here, for a person; empty: it can.</summary>
    public static string NetworkLack() => SocketFilterStore.Lack(ManagerHere().Version);

    private UnitHold HoldOf(SystemdUnit unit) => new(unit.Profile, unit.Filter is { } filter && _filters is not null ? [.. _filters.Pins(filter)] : []);

    /// <summary>False: it was refused.</summary>
    private bool TryLoadFilter(UnitSpec spec, NetworkRules rules, string unit, [NotNullWhen(true)] out string? filter)
    {
        filter = null;
        try
        {
            filter = _filters?.Load(spec.Tag.Slot, rules);
            if (filter is null)
            {
                Refuse(spec, unit, $"it is to be held to its network rules, and this machine can't: {NetworkLack()}");
            }
        }
        catch (IOException e)
        {
            Refuse(spec, unit, $"what is to hold it to its network rules can't be loaded: {e.Message}");
        }

        return filter is not null;
    }

    /// <summary>What agents before this one have loaded is heard of, where its unit is there, and else let go.</summary>
    private void TakeOverFilters()
    {
        try
        {
            foreach (var unit in _units.Values.Where(u => u.Filter is not null))
            {
                _filters?.Know(unit.Filter!, unit.Tag.Slot);
            }
        }
        catch (IOException e)
        {
            _sink.Post(new RuntimeTrouble("network", $"what its network rules deny work is denied, and can't be told: {e.Message}"));
        }

        ReleaseFilters();
    }

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

        _filters?.Keep(_units.Values.Select(u => u.Filter ?? "").ToHashSet(StringComparer.Ordinal));
    }

    private bool ProveFilter(SystemdUnit unit, UnitReport report)
    {
        if (unit.Filter is not { } filter || Cgroups.Of(new MachineRoot(""), report.Pid).FolderOf(unit.Name) is not { } group)
        {
            return true;
        }

        var lacking = _filters is null ? "this machine can't do it any more" : _filters.Hold(filter, group);
        if (lacking.Length > 0)
        {
            TellEnd(unit, report with { Result = UnitResult.NotHeld, Detail = $"its network rules do not hold it: {lacking}" });
        }

        return lacking.Length == 0;
    }
}
