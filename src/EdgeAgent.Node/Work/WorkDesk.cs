using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Work;

/// <summary>Between the rules' words for work and the runtime's.</summary>
internal sealed class WorkDesk(NodeOptions options, IRuntime runtime, IArtifacts artifacts)
{
    /// <summary>Units whose main process ended, and how often each was restarted: for status and events.</summary>
    private readonly Dictionary<SlotId, UnitReport> _units = [];

    private readonly CheckQueue _checks = new(runtime);
    private readonly ArtifactDesk _artifacts = new(artifacts, runtime);

    /// <summary>Asked to start and not seen to run yet.</summary>
    private readonly SortedSet<SlotId> _starting = [];

    private readonly SortedSet<SlotId> _stopping = [];
    private string _changes = "";
    private bool _areChangesStale;

    public IReadOnlyDictionary<SlotId, UnitReport> Units => _units;

    /// <summary>Asked in every turn, so counted as units come and go.</summary>
    public int Running { get; private set; }

    /// <summary>Of <see cref="AgentState.Changing"/>; asked in every turn, so made anew only where it is another.</summary>
    public string Changes
    {
        get
        {
            if (_areChangesStale)
            {
                _areChangesStale = false;
                string[] changes = [Named("is being started", _starting), Named("is being stopped", _stopping)];
                _changes = string.Join("; ", changes.Where(c => c.Length > 0));
            }

            return _changes;
        }
    }

    public void Start(StartWork effect)
    {
        _areChangesStale |= _starting.Add(effect.Claim.Slot);
        var spec = effect.Spec;
        var isJob = spec.Mode == WorkloadMode.Job;
        _artifacts.Start(new RuntimeStart(SpecOf(effect.Claim, spec, spec.Run) with
        {
            // A job's attempts are counted over all nodes, so it is the rules that try again.
            Restart = isJob ? new RestartPolicy(RestartRule.Never) : spec.Restart,
            Stop = spec.Stop,
            RunTimeMax = isJob ? spec.Job.Deadline : TimeSpan.Zero,
        }));
    }

    public void Check(CheckWork effect) =>
        _checks.Add(new RuntimeCheck(effect.Check, SpecOf(effect.Claim, effect.Spec, new ExecRun(effect.Rule.Command)) with { RunTimeMax = effect.Rule.Timeout }));

    public CoreEvent Checked(UnitChecked e)
    {
        _checks.Ended(e.Slot);
        return new WorkChecked(e.Slot, e.Id, e.Outcome, e.Detail);
    }

    public void Restart(RestartWork effect) => runtime.Submit(new RuntimeRestart(effect.Slot, effect.Rule));

    public void Limit(LimitWork effect) => runtime.Submit(new RuntimeLimit(effect.Claim.Slot, effect.Claim.Generation, effect.Spec.Resources));

    /// <summary>
    /// What a deleted workload has kept is nobody's any more, and what the one before it of its name has. Of any other incarnation it isn't known here whether it came before: a store that was set back may show an
    /// older one than has run here.
    /// </summary>
    public void Forget(Intent known)
    {
        List<Incarnation> gone = [.. known.IsTombstone ? [known.Incarnation] : Array.Empty<Incarnation>(), .. known.Follows != default ? [known.Follows] : Array.Empty<Incarnation>()];
        if (gone.Count > 0)
        {
            runtime.Submit(new RuntimeForget(known.Workload, gone));
        }
    }

    public void Stop(StopWork effect)
    {
        _areChangesStale |= _starting.Remove(effect.Slot) | _stopping.Add(effect.Slot);
        _checks.Forget(effect.Slot);
        _artifacts.Stop(effect.Slot);
        runtime.Submit(new RuntimeStop(effect.Slot, effect.Rule));
    }

    /// <summary>All work of the agent ends: what waits to be started isn't.</summary>
    public void StartNoMore(SlotId slot) => _artifacts.Stop(slot);

    /// <summary>A program of a slot, its work or one of its checks: both find the same environment and the same limits.</summary>
    private UnitSpec SpecOf(Claim claim, WorkloadSpec spec, WorkRun run)
    {
        var environment = new Dictionary<string, string>((spec.Run as ExecRun)?.Environment ?? new Dictionary<string, string>(), StringComparer.Ordinal)
        {
            ["EDGE_FLEET"] = options.Fleet.Value,
            ["EDGE_CELL"] = options.Cell.Value,
            ["EDGE_NODE"] = options.Node.Value,
            ["EDGE_WORKLOAD"] = claim.Slot.Workload.Value,
            ["EDGE_INDEX"] = claim.Slot.Index.ToString(CultureInfo.InvariantCulture),
            ["EDGE_SLOT"] = claim.Slot.ToString(),
            ["EDGE_GENERATION"] = claim.Generation.ToString(CultureInfo.InvariantCulture),
            ["EDGE_FENCING_TOKEN"] = claim.LaunchEpoch.ToString(),
        };
        foreach (var kind in claim.Devices.Kinds())
        {
            environment[DeviceVariable(kind)] = claim.Devices.Numbers(kind);
        }

        return new UnitSpec(new UnitTag(claim.Slot, claim.Incarnation, claim.Generation, claim.LaunchEpoch), run, environment) { Resources = spec.Resources, CpuMax = spec.CpuMax, Sandbox = spec.Sandbox, DeviceNodes = spec.DeviceNodes, KeepsState = spec.KeepsState, Profile = ProfileOf(spec), Network = spec.Network, IsFenced = spec.IsExclusive, Artifact = _artifacts.PathOf(spec.Run) };
    }

    private static ProfileRules? ProfileOf(WorkloadSpec spec) => !spec.HasProfile ? null : new ProfileRules(
        spec.AppArmor ?? new AppArmorRule(),
        spec.Files ?? new FileRules(),
        [.. new[] { (spec.Run as ExecRun)?.Command, spec.Health?.Command, spec.Ready?.Command }.Where(c => c is { Count: > 0 }).Select(c => c![0]).Distinct(StringComparer.Ordinal)]);

    /// <summary><c>EDGE_DEVICES_GPU</c>: what is no letter and no digit is <c>_</c>.</summary>
    private static string DeviceVariable(string kind) =>
        $"EDGE_DEVICES_{string.Create(kind.Length, kind, static (name, from) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                name[i] = char.IsAsciiLetterOrDigit(from[i]) ? char.ToUpperInvariant(from[i]) : '_';
            }
        })}";

    public CoreEvent Started(UnitStarted e)
    {
        _areChangesStale |= _starting.Remove(e.Report.Tag.Slot);
        Know(e.Report.Tag.Slot, e.Report);
        return new WorkStarted(LaunchOf(e.Report.Tag), e.Report.Unit, e.Report.Pid);
    }

    public CoreEvent Ended(UnitReport report)
    {
        _areChangesStale |= _starting.Remove(report.Tag.Slot);
        Know(report.Tag.Slot, report);
        return new WorkEnded(LaunchOf(report.Tag), report.Result == UnitResult.Success, Describe(report));
    }

    public CoreEvent Gone(UnitGone e)
    {
        Know(e.Slot, null);
        _areChangesStale |= _stopping.Remove(e.Slot);
        _artifacts.Gone(e.Slot);
        return new WorkGone(e.Slot);
    }

    /// <summary>Its slot still waits for it.</summary>
    public bool IsAwaited(ArtifactAnswer answer) => _artifacts.IsAwaited(answer);

    /// <summary>What the rules are to hear of one that is awaited; null: nothing.</summary>
    public CoreEvent? Take(ArtifactAnswer answer) => (_artifacts.Take(answer), answer) switch
    {
        (var tag, ArtifactComes e) => new WorkComesOn(LaunchOf(tag), e.Detail),
        (var tag, ArtifactRefused e) => Ended(new UnitReport(tag, "", 0, IsAlive: false) { Result = UnitResult.StartFailed, Detail = $"its artifact {e.Reason}" }),
        _ => null,
    };

    /// <summary>What an earlier agent left: first what is there, then how what has ended did.</summary>
    public IEnumerable<CoreEvent> Listed(RuntimeInventory inventory)
    {
        _artifacts.Listed(inventory.Units);
        foreach (var report in inventory.Units)
        {
            Know(report.Tag.Slot, report);
            yield return new WorkFound(LaunchOf(report.Tag), report.Unit, report.Pid);
            if (!report.IsAlive)
            {
                yield return Ended(report);
            }
        }

        yield return new WorkListed();
    }

    private void Know(SlotId slot, UnitReport? report)
    {
        Running += (report is { IsAlive: true } ? 1 : 0) - (_units.GetValueOrDefault(slot) is { IsAlive: true } ? 1 : 0);
        if (report is null)
        {
            _units.Remove(slot);
        }
        else
        {
            _units[slot] = report;
        }
    }

    private static string Named(string what, SortedSet<SlotId> slots)
    {
        var more = slots.Count > NodeLimits.SlotsNamedMax ? $" and {slots.Count - NodeLimits.SlotsNamedMax} more" : "";
        return slots.Count == 0 ? "" : $"work {what}: {string.Join(", ", slots.Take(NodeLimits.SlotsNamedMax))}{more}";
    }

    private static Launch LaunchOf(UnitTag tag) => new(tag.Slot, tag.Incarnation, tag.Generation, tag.Epoch);

    private static string Describe(UnitReport report)
    {
        var what = report.Result switch
        {
            UnitResult.Success => "it exited with 0",
            UnitResult.StartFailed => "it could not be started",
            UnitResult.ExitCode => $"it exited with {report.Status.ToString(CultureInfo.InvariantCulture)}",
            UnitResult.Killed => $"it was ended by signal {report.Status.ToString(CultureInfo.InvariantCulture)}",
            UnitResult.OutOfMemory => "it ran out of memory",
            UnitResult.NotHeld => "it was ended",
            UnitResult.Deadline => "it ran longer than its deadline",
            _ => "nobody knows how it ended",
        };
        return report.Detail.Length == 0 ? what : $"{what}: {report.Detail}";
    }
}
