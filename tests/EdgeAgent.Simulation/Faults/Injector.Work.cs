using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Simulation.Faults;

/// <summary>Faults of work and of what starts it.</summary>
public sealed partial class Injector
{
    private static readonly TimeSpan Flap = TimeSpan.FromMilliseconds(400);

    private Dictionary<FaultKind, Func<SimNode, Fault, Action>> WorkFaults => new()
    {
        [FaultKind.StartRefused] = (node, fault) =>
        {
            node.Runtime.Refuses += fault.Strength;
            return () => node.Runtime.Refuses -= fault.Strength;
        },
        [FaultKind.StartReportLost] = (node, fault) =>
        {
            node.Runtime.LosesReports += fault.Strength;
            return () => node.Runtime.LosesReports -= fault.Strength;
        },
        [FaultKind.WorkCrashes] = (node, _) =>
        {
            node.Runtime.CrashAll();
            return Nothing;
        },
        [FaultKind.WorkFlaps] = (node, fault) =>
        {
            var until = _world.Clock.Now + fault.Lasts;
            void Next()
            {
                node.Runtime.CrashAll();
                if (_world.Clock.Now + Flap < until)
                {
                    _world.At(Flap, Next);
                }
            }

            Next();
            return Nothing;
        },
        [FaultKind.JobsFail] = (node, fault) =>
        {
            var chance = new SimRandom(fault.Salt);
            node.Runtime.Outcome = spec => SimWork.IsJob(spec) ? chance.Chance(fault.Strength) ? 1 : 0 : null;
            return () => node.Runtime.Outcome = spec => SimWork.IsJob(spec) ? 0 : null;
        },
        [FaultKind.StopHangs] = (node, _) =>
        {
            node.Runtime.Hangs++;
            return () => node.Runtime.Hangs--;
        },
        [FaultKind.ChecksFail] = (node, fault) =>
        {
            var chance = new SimRandom(fault.Salt);
            node.Runtime.Verdict = _ => !chance.Chance(fault.Strength) ? (CheckOutcome.Passed, "") : chance.Below(4) switch
            {
                0 => null,
                1 => (CheckOutcome.NotRun, "busy"),
                _ => (CheckOutcome.Failed, "exit code 1"),
            };
            return () => node.Runtime.Verdict = _ => (CheckOutcome.Passed, "");
        },
    };
}
