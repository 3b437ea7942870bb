using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whether what runs is held as it was told: by its sandbox, and by a profile of AppArmor, which is loaded before and taken out after. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    /// <summary>So many are remembered before those that were taken out are forgotten.</summary>
    private const int KnownMax = 256;

    private readonly ProfileLoader? _profiles;

    /// <summary>Of each profile, by its name, a slot that it held last, and whether it is loaded: the kernel's word of what ended a process comes after its end.</summary>
    private readonly Dictionary<string, (SlotId Slot, bool IsLoaded)> _known = new(StringComparer.Ordinal);

    private bool _isSwept;
    private Descriptor? _revision;
    private DenialWatch? _denials;

    /// <summary>What the manager says that it is: nothing where there is none.</summary>
    private static (int Version, string Features) ManagerHere()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return (0, "");
        }

        try
        {
            using var manager = ManagerBus.Connect();
            return (manager.Version, manager.ReadFeatures());
        }
        catch (BusException)
        {
            return (0, "");
        }
    }

    /// <summary>Null where work can't be held by profiles here: a systemd that was built without AppArmor would take one, and set none.</summary>
    private static ProfileLoader? ProfilesHere(SystemdRuntimeOptions options, string features) =>
        options.Folders is { } folders && features.Split(' ').Contains("+APPARMOR", StringComparer.Ordinal) && AppArmorKernel.IsEnabled && ProfileLoader.Parser is not null ? new ProfileLoader(folders.Runtime, folders.State) : null;

    private void LoadProfile(SystemdUnit unit, UnitSpec spec, ProfileRules rules)
    {
        if (_profiles is null)
        {
            ProfileLoaded(unit, spec, null, "AppArmor is to confine it, and this machine can't: its kernel has it not enabled, systemd was built without it, apparmor_parser is missing, or the agent isn't root");
            return;
        }

        WatchProfiles();
        _profiles.Load(() => Profile.Of(spec, rules, _options), (profile, trouble) => Later(() => ProfileLoaded(unit, spec, profile, trouble)));
    }

    private void ProfileLoaded(SystemdUnit unit, UnitSpec spec, Profile? profile, string trouble)
    {
        unit.IsLoading = false;
        if (profile is not null)
        {
            Know(profile.Label, spec.Tag.Slot);
        }

        if (unit.IsStopping)
        {
            (unit.IsStarting, unit.IsStale) = (false, true);
            ReleaseHolds();
        }
        else if (profile is null)
        {
            Unwatch(unit);
            Refuse(spec, unit.Name, trouble);
            ReleaseHolds();
        }
        else
        {
            unit.Profile = new LoadedProfile(profile.Label, profile.Writable);
            StartHeld(unit, spec);
        }
    }

    /// <summary>Where the connection is lost, the next one begins anew.</summary>
    private void StartHeld(SystemdUnit unit, UnitSpec spec)
    {
        try
        {
            if (_manager is { } manager)
            {
                StartProgram(manager, unit, spec);
                return;
            }

            Unwatch(unit);
            Again(new RuntimeStart(spec));
        }
        catch (BusException)
        {
            Again(new RuntimeStart(spec));
            throw;
        }
    }

    /// <summary>Takes out profiles that hold nobody any more, and nobody of their workload is about to be started with: that one may be held by the same. Programs likewise.</summary>
    private void ReleaseHolds()
    {
        ReleaseFilters();
        foreach (var (name, (slot, _)) in _known.Where(k => k.Value.IsLoaded && !IsUsed(k.Key, k.Value.Slot.Workload)).ToList())
        {
            _known[name] = (slot, false);
            _profiles?.Unload(name);
        }
    }

    private bool IsUsed(string name, WorkloadName workload)
    {
        lock (_gate)
        {
            return _units.Values.Any(u => u.Profile?.Label.Name == name || (u.IsLoading && u.Tag.Slot.Workload == workload))
                || _requests.Concat(_behindFence).OfType<RuntimeStart>().Any(r => r.Spec.Tag.Slot.Workload == workload);
        }
    }

    private void Know(ProfileLabel label, SlotId slot)
    {
        if (_known.Count >= KnownMax)
        {
            foreach (var (name, _) in _known.Where(k => !k.Value.IsLoaded).ToList())
            {
                _known.Remove(name);
            }
        }

        _known[label.Name] = (slot, true);
    }

    /// <summary>What agents before this one have loaded: whoever's unit is held by it keeps it, also one of an agent that had another store.</summary>
    private void TakeOverProfiles(ManagerBus manager)
    {
        // Once, before this agent has loaded any.
        if (_profiles is null || _isSwept)
        {
            return;
        }

        _isSwept = true;
        foreach (var unit in _units.Values.Where(u => u.Profile is not null))
        {
            Know(unit.Profile!.Label, unit.Tag.Slot);
            WatchProfiles();
        }

        var used = _known.Keys.ToHashSet(StringComparer.Ordinal);
        if (_profiles.HasTexts)
        {
            used.UnionWith(manager.List(UnitName.Pattern).Where(manager.IsLoaded).Select(n => UnitName.ReadProfile(manager.ReadEnvironment(n))?.Label.Name ?? ""));
        }

        _profiles.Sweep(used);
    }

    private void WatchProfiles()
    {
        _revision ??= Descriptor.OfFile(AppArmorKernel.Revision);
        _denials ??= new DenialWatch(record => Later(() => Denied(record)));
    }

    /// <summary>Where profiles have come or gone, each process is looked at anew: one whose profile was taken out is held by nothing any more.</summary>
    private void LookAtProfiles()
    {
        if (_revision?.IsReadable() != true)
        {
            return;
        }

        Span<byte> revision = stackalloc byte[64];
        _ = _revision.Read(revision);
        foreach (var unit in _units.Values.Where(u => u.Profile is not null && u.Now is { } now && u.IsRunning(now)).ToList())
        {
            _ = ProveProfile(unit, unit.Report(unit.Now!));
        }
    }

    /// <summary>Of replicas that share a profile it is the one whose process it is; where that has ended, any of them.</summary>
    private void Denied(AuditRecord record)
    {
        var name = record.Profile.Split("//")[0];
        if (!_known.TryGetValue(name, out var known))
        {
            return;
        }

        var users = _units.Values.Where(u => u.Profile?.Label.Name == name).ToList();
        if (users.Count > 1)
        {
            var group = Cgroups.Of(new MachineRoot(""), record.Pid);
            users.RemoveAll(u => u.Now?.MainPid != record.Pid && !group.IsIn(u.Name));
        }

        // A loop that is behind hears of it some other time: it is no answer to anything.
        _ = _sink.TryPost(new UnitDenied(users.FirstOrDefault()?.Tag.Slot ?? known.Slot, record.Denial));
    }

    /// <summary>
    /// A process that is not held as its unit was told doesn't go on where that was asked for, and false says that its end is told; where it is only the rule, it is told of.
    /// </summary>
    private bool Prove(SystemdUnit unit, UnitReport report)
    {
        if (!ProveProfile(unit, report) || !ProveFilter(unit, report))
        {
            return false;
        }

        if (unit.Sandbox == SandboxLevel.None || SandboxProof.Lacking(report.Pid) is not { Length: > 0 } lacking)
        {
            return true;
        }

        var detail = $"its sandbox does not hold: {lacking}; a drop-in of the device may undo it: systemctl cat {unit.Name}";
        if (unit.Sandbox == SandboxLevel.Strict)
        {
            TellEnd(unit, report with { Result = UnitResult.NotHeld, Detail = detail });
            return false;
        }

        _sink.Post(new UnitLoosened(unit.Tag.Slot, detail));
        return true;
    }

    private bool ProveProfile(SystemdUnit unit, UnitReport report)
    {
        if (unit.Profile?.Label is { } label && AppArmorKernel.LabelOf(report.Pid) is { Length: > 0 } held && !label.Holds(held))
        {
            TellEnd(unit, report with { Result = UnitResult.NotHeld, Detail = $"AppArmor does not hold it: it is {held}, and was to be {label}; somebody has taken the profile out or changed it, or a drop-in of the device undoes it: systemctl cat {unit.Name}" });
            return false;
        }

        return true;
    }
}
