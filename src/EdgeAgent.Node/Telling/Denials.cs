using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Telling;

/// <summary>
/// What the kernel has denied work by its profile, and by its network rules. Each act on each object is told once an hour, so that a program that tries again and again hides nothing else, and is known for that time, so that
/// the profile can be mended (<c>edgectl security suggest</c>). What is more than can be kept is counted.
/// </summary>
internal sealed class Denials(Teller teller, Counters counters, LoopClock clock)
{
    private const int WorkloadsMax = 64;
    private const int OfWorkloadMax = 128;

    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<WorkloadName, Dictionary<(DeniedAct, string, bool), Entry>> _all = [];
    private TimeSpan _forgetAt;

    public void Take(UnitDenied e)
    {
        counters.Add("denied");
        Forget();
        var workload = e.Slot.Workload;
        if (!_all.TryGetValue(workload, out var known))
        {
            if (_all.Count >= WorkloadsMax)
            {
                counters.Add("denied.untold");
                return;
            }

            _all[workload] = known = [];
        }

        var key = (e.Denial.Act, e.Denial.Object, e.Denial.IsAllowed);
        if (known.ContainsKey(key))
        {
            return;
        }

        if (known.Count >= OfWorkloadMax)
        {
            counters.Add("denied.untold");
            return;
        }

        known[key] = new Entry(e, clock.Now);
        teller.Tell(Severity.Warning, "Denied", e.Slot.ToString(), e.Denial.Act.ToString(), Describe(e.Denial), isEvent: true, isNew: true);
    }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<UnitDenied> Of(WorkloadName workload)
    {
        Forget();
        return _all.TryGetValue(workload, out var known) ? [.. known.Values.OrderBy(e => e.At).Select(e => e.What)] : [];
    }

    private void Forget()
    {
        if (clock.Now < _forgetAt)
        {
            return;
        }

        _forgetAt = clock.Now + Pause;
        foreach (var (workload, known) in _all.ToList())
        {
            foreach (var (key, _) in known.Where(k => clock.Now - k.Value.At > Memory).ToList())
            {
                known.Remove(key);
            }

            if (known.Count == 0)
            {
                _all.Remove(workload);
            }
        }
    }

    private static string Describe(Denial denial)
    {
        var what = denial.Act switch
        {
            DeniedAct.Read => $"read {denial.Object}",
            DeniedAct.Write => $"write {denial.Object}",
            DeniedAct.Execute => $"execute {denial.Object}",
            DeniedAct.Capability => $"use the capability {denial.Object}",
            DeniedAct.Network => $"open a socket {denial.Object}",
            DeniedAct.Trace => $"trace {denial.Object}",
            DeniedAct.Signal => $"send a signal, {denial.Object}",
            DeniedAct.Connect => $"connect to {denial.Object}",
            DeniedAct.Listen => $"listen on {denial.Object}",
            _ => denial.Object,
        };
        if (denial.IsByNetworkRules)
        {
            return $"its network rules (spec.network) have denied it: {what}";
        }

        return denial.IsAllowed
            ? $"its profile would deny {denial.Program}: {what} (it complains only)"
            : $"AppArmor has denied {denial.Program}: {what}";
    }

    private sealed record Entry(UnitDenied What, TimeSpan At);
}
