using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whether what runs is held as it was told: by its sandbox, and by a profile of AppArmor, which is loaded before and taken out after. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    /// <summary>So many are remembered besides those that are loaded.</summary>
    private const int HeldMax = 256;

    private readonly ProfileLoader? _profiles;
    /// <summary>Of each profile, by its name, a slot that it has held: the kernel's word of what ended a process comes after its end.</summary>
    private readonly Dictionary<string, SlotId> _held = new(StringComparer.Ordinal);

    private bool _isSwept;
    private Descriptor? _revision;
    private DenialWatch? _denials;

    /// <summary>What is loaded, and for which workload.</summary>
    private readonly Dictionary<ProfileLabel, WorkloadName> _loaded = [];

    /// <summary>Null where work can't be held by profiles here: a systemd that was built without AppArmor would take one, and set none.</summary>
    private static ProfileLoader? ProfilesHere(SystemdRuntimeOptions options) =>
        options.Folders is { } folders && Environment.IsPrivilegedProcess && AppArmorKernel.IsEnabled && ProfileLoader.Parser is not null && SetsProfiles() ? new ProfileLoader(folders.Runtime, folders.State) : null;

    private static bool SetsProfiles()
    {
        try
        {
            using var manager = ManagerBus.Connect();
            return manager.ReadFeatures().Split(' ').Contains("+APPARMOR", StringComparer.Ordinal);
        }
        catch (BusException)
        {
            return false;
        }
    }

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
            _loaded[profile.Label] = spec.Tag.Slot.Workload;
        }

        if (unit.IsStopping)
        {
            (unit.IsStarting, unit.IsStale) = (false, true);
            ReleaseProfiles();
        }
        else if (profile is null)
        {
            Unwatch(unit);
            Refuse(spec, unit.Name, trouble);
            ReleaseProfiles();
        }
        else
        {
            unit.Profile = new LoadedProfile(profile.Label, profile.Writable);
            Remember(profile.Label, spec.Tag.Slot);
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

    /// <summary>Takes out those that hold nobody any more, and nobody of their workload is about to be started with: that one may be held by the same.</summary>
    private void ReleaseProfiles()
    {
        foreach (var (label, workload) in _loaded.Where(l => !IsUsed(l.Key, l.Value)).ToList())
        {
            _loaded.Remove(label);
            _profiles?.Unload(label.Name);
        }
    }

    private bool IsUsed(ProfileLabel label, WorkloadName workload)
    {
        lock (_gate)
        {
            return _units.Values.Any(u => u.Profile?.Label == label || (u.IsLoading && u.Tag.Slot.Workload == workload))
                || _requests.Concat(_behindFence).OfType<RuntimeStart>().Any(r => r.Spec.Tag.Slot.Workload == workload);
        }
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
            _loaded[unit.Profile!.Label] = unit.Tag.Slot.Workload;
            Remember(unit.Profile.Label, unit.Tag.Slot);
            WatchProfiles();
        }

        var used = _loaded.Keys.Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
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
            Prove(unit, unit.Report(unit.Now!));
        }
    }

    /// <summary>Of replicas that share a profile it is the one whose process it is; where that has ended, any of them.</summary>
    private void Denied(AuditRecord record)
    {
        var name = record.Profile.Split("//")[0];
        var users = _units.Values.Where(u => u.Profile?.Label.Name == name).ToList();
        var unit = users.Count > 1 ? users.Find(u => u.Now?.MainPid == record.Pid || UnitOf(record.Pid) == u.Name) : users.FirstOrDefault();
        if (unit is not null || _held.ContainsKey(name))
        {
            // A loop that is behind hears of it some other time: it is no answer to anything.
            _ = _sink.TryPost(new UnitDenied(unit?.Tag.Slot ?? _held[name], record.Denial));
        }
    }

    private void Remember(ProfileLabel label, SlotId slot)
    {
        if (_held.Count >= HeldMax && !_held.ContainsKey(label.Name))
        {
            foreach (var gone in _held.Keys.Where(n => !_loaded.Keys.Any(l => l.Name == n)).ToList())
            {
                _held.Remove(gone);
            }
        }

        _held[label.Name] = slot;
    }

    /// <summary>By its control group, the last part of whose path is the unit's name; empty: it has ended.</summary>
    private static string UnitOf(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/cgroup").Select(l => Path.GetFileName(l)).FirstOrDefault(n => n.EndsWith(".service", StringComparison.Ordinal)) ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>
    /// A process that is not held as its unit was told doesn't go on where that was asked for, and false says that its end is told; where it is only the rule, it is told of.
    /// </summary>
    private bool Prove(SystemdUnit unit, UnitReport report)
    {
        if (unit.Profile?.Label is { } label && AppArmorKernel.LabelOf(report.Pid) is { Length: > 0 } held && !label.Holds(held))
        {
            TellEnd(unit, report with { Result = UnitResult.NotHeld, Detail = $"AppArmor does not hold it: it is {held}, and was to be {label}; somebody has taken the profile out or changed it, or a drop-in of the device undoes it: systemctl cat {unit.Name}" });
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
}
