using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>One schedule, played from its first moment to the quiet after the last fault.</summary>
public sealed class SimRun : IDisposable
{
    private const int LogLinesMax = 4000;

    /// <summary>Within this, after the last fault, all must be well: a node that failed a lot waits for a minute before it tries again, and one more for its answer.</summary>
    private static readonly TimeSpan RecoveryMost = TimeSpan.FromSeconds(240);

    /// <summary>Within this all work has come to where it fits better.</summary>
    private static readonly TimeSpan BalanceMost = TimeSpan.FromMinutes(20);

    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StillOnTheWay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UnknownGivenUp = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(2);

    /// <summary>Of the changes that make a small run long enough.</summary>
    private static readonly TimeSpan BetweenChanges = TimeSpan.FromSeconds(10);

    private const int ChangesMost = 200;

    /// <summary>An operator's tool tries again for as long as there is no broker.</summary>
    private static readonly TimeSpan OperatorRetry = TimeSpan.FromSeconds(1);

    private readonly Schedule _schedule;
    private readonly SimWorld _world;
    private readonly SimOperator _operator;
    private readonly Checker _checker;
    private readonly Injector _injector;
    private readonly List<SimNode> _nodes = [];

    public SimRun(Schedule schedule, Action<string>? reader = null)
    {
        (_schedule, _world) = (schedule, new SimWorld(schedule.Seed) { ReconnectWindow = schedule.ReconnectWindow });
        _world.Trace.Reader = reader;
        (_world.Broker.KeepsPublished, _world.Broker.Skew) = (false, schedule.BrokerSkew);
        _operator = new SimOperator(_world);
        _world.Watcher = _checker = new Checker(_world, _operator, schedule);
        foreach (var plan in schedule.Nodes)
        {
            _nodes.Add(Build(plan));
        }

        _injector = new Injector(_world, _operator, _nodes) { Told = _checker.Told, RetiresLost = schedule.Faults.All(f => f.Kind != FaultKind.DiskCloned) };
        _checker.Met = _injector.Meet;
    }

    public RunResult Play()
    {
        (Rule? Broken, string Message) found = (null, "");
        var recovery = TimeSpan.Zero;
        try
        {
            PlayFaults();
            recovery = Recover();
            StayQuiet();
        }
        catch (ViolationException e)
        {
            found = (e.Rule, $"at {_world.Clock.Now.TotalSeconds:0.00} s: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or NullReferenceException or KeyNotFoundException or IndexOutOfRangeException or OverflowException)
        {
            found = (Rule.Crash, $"at {_world.Clock.Now.TotalSeconds:0.00} s: {e}");
        }

        return Result(found.Broken, found.Message, recovery);
    }

    public void Dispose() => _world.Dispose();

    private SimNode Build(NodePlan plan)
    {
        var node = _world.Add(plan.Name, plan.Capacity);
        node.Clock.Set(plan.ClockStart, plan.DriftPpm);
        node.Labels = new Dictionary<string, string> { ["zone"] = plan.Zone };
        node.Taints = plan.IsTainted ? [new Taint("dedicated", "yes", TaintEffect.NoPlace)] : [];
        node.Runtime.Features = plan.IsOld ? ["run.unit/1"] : node.Runtime.Features;
        node.Runtime.Outcome = spec => SimWork.IsJob(spec) ? 0 : null;
        node.Runtime.Lasts = SimWork.Lasts;
        node.Runtime.CrashesAfter = SimWork.CrashesAfter;
        (node.Artifacts.ComeBySelf, node.Artifacts.RefusesUntil) = (true, _schedule.FaultTime / 2);
        node.Store.KeepsUnacknowledged = true;
        (node.RestartsAfter, node.LogLinesMax) = (TimeSpan.FromSeconds(10), LogLinesMax);
        _world.At(plan.StartsAfter, node.StartIfWanted);
        return node;
    }

    private void PlayFaults()
    {
        foreach (var act in _schedule.Acts)
        {
            _world.At(act.At, () => Do(act));
        }

        foreach (var fault in _schedule.Faults)
        {
            _world.At(fault.At, () => _injector.Begin(fault));
        }

        while (_world.Clock.Now < _schedule.FaultTime)
        {
            _world.Run(BetweenSamples);
            _checker.Sample();
        }

        while (_injector.UnderWay > 0)
        {
            _world.Run(OperatorRetry);
        }

        var changes = _schedule.Acts.Where(a => a.Kind is ActKind.Apply or ActKind.Adjust).ToList();
        for (var i = 0; i < ChangesMost && changes.Count > 0 && _world.Broker.DeliveredCount < _schedule.DeliveriesLeast; i++)
        {
            Do(changes[i % changes.Count]);
            _world.Run(BetweenChanges);
        }
    }

    private void Do(Act act)
    {
        if (!_world.Broker.IsUp)
        {
            _world.At(OperatorRetry, () => Do(act));
            return;
        }

        _world.Trace.Add("operator", $"{act.Kind} {act.Workload}");
        var isKnown = _operator.Wanted.TryGetValue(WorkloadName.Parse(act.Workload), out var known) && !known.IsTombstone;
        switch (act.Kind)
        {
            case ActKind.Apply:
                _operator.Apply(act.Workload, act.Spec!);
                break;
            case ActKind.Adjust when isKnown:
                _operator.Apply(act.Workload, act.Spec!, workChanged: false);
                break;
            case ActKind.Conflict when isKnown:
                _operator.ApplyTwice(act.Workload, act.Spec!, act.Spec! with { Replicas = Math.Max(1, act.Spec.Replicas - 1), LostAfter = act.Spec.LostAfter + TimeSpan.FromSeconds(1) });
                break;
            case ActKind.Delete when isKnown:
                _operator.Delete(act.Workload);
                break;
            case ActKind.Command when act.At.Ticks % 2 == 0 && _world.Nodes.TryGetValue(act.Workload, out var node):
                node.Reconfigure();
                break;
            case ActKind.Command:
                _operator.Command(act.Workload, "describe");
                break;
            case not (ActKind.Apply or ActKind.Adjust or ActKind.Conflict or ActKind.Delete) when _world.Nodes.TryGetValue(act.Workload, out var marked):
                Mark(act.Kind, marked);
                break;
        }
    }

    private void Mark(ActKind kind, SimNode node)
    {
        switch (kind)
        {
            case ActKind.Cordon:
                _operator.Mark(node, "cordon");
                break;
            case ActKind.Uncordon:
                _operator.Mark(node, "uncordon");
                break;
            case ActKind.Drain:
                _operator.Mark(node, "drain");
                break;
            case ActKind.DrainPinned:
                _operator.Mark(node, "drain", new Dictionary<string, string> { ["scope"] = "pinned" });
                break;
            case ActKind.Repel:
                _operator.Mark(node, "taint", new Dictionary<string, string> { ["set.NoRun.dedicated"] = "gpu" });
                break;
            case ActKind.Unrepel:
                _operator.Mark(node, "taint", new Dictionary<string, string> { ["remove.NoRun.dedicated"] = "" });
                break;
            case ActKind.Replay:
                _operator.Replay(node, _world.Chance);
                break;
            case ActKind.Press:
                node.Press();
                break;
            case ActKind.Relieve:
                node.Relieve();
                break;
        }
    }

    private TimeSpan Recover()
    {
        var began = _world.Clock.Now;
        _nodes.ForEach(n => n.StartIfWanted());
        _world.Run(TimeSpan.FromSeconds(5));
        _operator.RepeatWhatNobodyKnows();
        _operator.RepeatRetirements();
        _injector.RetireTheRest();
        var liveness = new Liveness(_world, _operator);
        var lacking = "";
        if (!_world.RunUntil(() => (lacking = liveness.Lacking()).Length == 0, RecoveryMost, Look))
        {
            throw new ViolationException(Rule.Liveness, $"{RecoveryMost.TotalSeconds:0} s after the last fault: {lacking}");
        }

        return _world.Clock.Now - began;
    }

    /// <summary>
    /// What has come to rest stays so: nothing starts or stops, and nobody says anything. A wish that a fault has swallowed is repeated long after all is well (docs/adr/0029), and what follows from it is seen to its end.
    /// </summary>
    private void StayQuiet()
    {
        // The first of a node's wishes for a slot was before.
        var again = NodeCore.WishesMax - 1;
        while (!IsQuiet(mayWish: again > 0))
        {
            again--;
        }
    }

    /// <summary>False: somebody wished meanwhile.</summary>
    private bool IsQuiet(bool mayWish)
    {
        var liveness = new Liveness(_world, _operator);

        var well = _world.Clock.Now;
        if (!_world.RunUntil(() => _checker.IsBalanced(well), BalanceMost, Look))
        {
            throw new ViolationException(Rule.Quiet, $"work still goes from node to node {BalanceMost.TotalMinutes:0} minutes after all was well: {_checker.WhyNotBalanced()}");
        }

        // The last statuses and events are still on their way, and an exclusive claim that nobody knows is given up after R + W.
        _world.Run(_schedule.HasExclusive ? UnknownGivenUp : StillOnTheWay);
        _checker.Silence.Begin();
        var (began, moves) = (_world.Clock.Now, _checker.Moves);
        var left = TimeSpan.FromMinutes(ScheduleOptions.MinutesLeast) - _world.Clock.Now;
        _world.Run(left > QuietFor ? left : QuietFor);
        if (mayWish && _checker.HasWished(began))
        {
            return false;
        }

        Checker.Require(liveness.Lacking() is "" && liveness.LeakedResources() is "", Rule.Quiet, $"it did not stay so: {liveness.Lacking()}{liveness.LeakedResources()}");
        Checker.Require(_checker.Moves == moves, Rule.Quiet, $"{_checker.Moves - moves} starts and stops in a cell in which nothing happens");
        Checker.Require(_checker.Silence.Words == 0, Rule.Quiet, $"{_checker.Silence.Words} words in a cell in which nothing happens, the last on {_checker.Silence.Last}");
        return true;
    }

    private RunResult Result(Rule? broken, string message, TimeSpan recovery)
    {
        foreach (var (kind, count) in _injector.Counts)
        {
            _checker.Coverage.Add($"fault {kind}", count);
        }

        foreach (var (moment, count) in _injector.Met)
        {
            _checker.Coverage.Add($"moment {moment}", count);
        }

        foreach (var (what, count) in _world.Tally)
        {
            _checker.Coverage.Add($"tally {what}", count);
        }

        return new RunResult(_schedule, _world.Trace.Hash)
        {
            Broken = broken,
            Message = message,
            Coverage = _checker.Coverage,
            Simulated = _world.Clock.Now,
            Slots = _schedule.Acts.Where(a => a.Spec is not null).GroupBy(a => a.Workload).Sum(g => g.Max(a => a.Spec!.Replicas)),
            Faults = _injector.Counts.Values.Sum(),
            Published = _world.Broker.PublishedCount,
            Delivered = _world.Broker.DeliveredCount,
            Recovery = recovery,
            Log = broken is null ? [] : [.. _world.Nodes.Values.SelectMany(n => n.Log).OrderBy(l => double.Parse(l.AsSpan(0, l.IndexOf(' ')), System.Globalization.CultureInfo.InvariantCulture)).TakeLast(60)],
        };
    }
}
