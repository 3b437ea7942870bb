using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whether what runs is held as it was told: by its sandbox, and by a profile of AppArmor, which is loaded before and taken out after. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    private readonly ProfileLoader? _profiles;
    private Descriptor? _revision;
    private DenialWatch? _denials;

    /// <summary>Null where work can't be held by profiles here.</summary>
    private static ProfileLoader? ProfilesHere(SystemdRuntimeOptions options) =>
        options.Folders is { } folders && Environment.IsPrivilegedProcess && AppArmorKernel.IsEnabled && ProfileLoader.Parser is not null ? new ProfileLoader(folders.Runtime, folders.State) : null;

    private Profile? ProfileOf(UnitSpec spec) => spec.Profile is { } rules ? Profile.Of(spec, rules, _options) : null;

    private void LoadProfile(SystemdUnit unit, UnitSpec spec)
    {
        if (_profiles is null)
        {
            ProfileLoaded(unit, spec, "AppArmor is to confine it, and this machine can't: its kernel has it not enabled, apparmor_parser is missing, or the agent isn't root");
            return;
        }

        WatchProfiles();
        _profiles.Load(ProfileOf(spec)!, trouble => Later(() => ProfileLoaded(unit, spec, trouble)));
    }

    private void ProfileLoaded(SystemdUnit unit, UnitSpec spec, string trouble)
    {
        if (unit.IsStopping)
        {
            (unit.IsStarting, unit.IsStale) = (false, true);
        }
        else if (trouble.Length > 0)
        {
            Unwatch(unit);
            Refuse(spec, unit.Name, trouble);
        }
        else
        {
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

    /// <summary>The last that it held is gone.</summary>
    private void Release(ProfileLabel? label)
    {
        if (label is { } held && !_units.Values.Any(u => u.Profile == held))
        {
            _profiles?.Unload(held.Name);
        }
    }

    /// <summary>What an agent before this one has loaded.</summary>
    private void TakeOverProfiles()
    {
        var used = _units.Values.Where(u => u.Profile is not null).Select(u => u.Profile!.Value.Name).ToHashSet(StringComparer.Ordinal);
        if (used.Count > 0)
        {
            WatchProfiles();
        }

        _profiles?.Sweep(used);
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
        var users = _units.Values.Where(u => u.Profile?.IsOrIsWithin(record.Profile) == true).ToList();
        var unit = users.Count > 1 ? users.Find(u => u.Now?.MainPid == record.Pid || UnitOf(record.Pid) == u.Name) ?? users[0] : users.FirstOrDefault();
        if (unit is not null)
        {
            _sink.Post(new UnitDenied(unit.Tag.Slot, record.Denial));
        }
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
        if (unit.Profile is { } label && AppArmorKernel.LabelOf(report.Pid) is { Length: > 0 } held && !label.Holds(held))
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
