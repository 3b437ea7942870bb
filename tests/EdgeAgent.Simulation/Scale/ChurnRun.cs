using System.Diagnostics;

namespace EdgeAgent.Simulation.Scale;

/// <summary>A cell in which something always happens: one change a second, and of hundred nodes one goes and comes back each minute.</summary>
internal sealed class ChurnRun(Action<string, string, string> row)
{
    private const ulong Seed = 6;
    private const int SlotsPerWorkload = 10;
    private const int AwayPerHundred = 1;
    private static readonly TimeSpan PlaceMost = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Change = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ComesToRest = TimeSpan.FromMinutes(2);

    public void Measure(int nodes, int slots, int minutes)
    {
        var building = Stopwatch.StartNew();
        using var cell = new ScaleCell(nodes, Seed);
        cell.BringUp();
        var workloads = slots / SlotsPerWorkload;
        for (var i = 0; i < workloads; i++)
        {
            cell.Operator.Apply($"work-{i}", ScaleCell.Service(SlotsPerWorkload));
            cell.World.Run(TimeSpan.FromMilliseconds(100));
        }

        ScaleCell.Require(cell.World.RunUntil(() => cell.Watch.Running == slots, PlaceMost), $"{cell.Watch.Running} of {slots} slots run");
        building.Stop();
        var (watch, cost, world) = (Stopwatch.StartNew(), new Cost(cell), cell.World);
        var used = Environment.CpuUsage.TotalTime;
        var end = world.Clock.Now + TimeSpan.FromMinutes(minutes);
        Every(world, Change, end, () => cell.Operator.Apply($"work-{world.Chance.Below(workloads)}", ScaleCell.Service(SlotsPerWorkload)));
        Every(world, Minute * AwayPerHundred * 100 / nodes, end, () => GoAndCome(cell));
        world.Run(end - world.Clock.Now);
        var (took, onProcessor) = (watch.Elapsed, Environment.CpuUsage.TotalTime - used);
        world.Run(ComesToRest);
        var (said, read) = (cost.Said(withOwn: true), cost.Read);
        var what = $"{nodes} nodes, {slots} slots, one change a second, {AwayPerHundred} % of the nodes going and coming each minute, {minutes} simulated minutes";
        row($"{what}: wall time", $"{took.TotalSeconds:0} s, of these {onProcessor.TotalSeconds:0} s on a processor (and {building.Elapsed.TotalSeconds:0} s to bring it up)", minutes == 60 ? "180 s" : "");
        row($"{what}: messages published / delivered", $"{ScaleBench.Text(said.Published)} / {ScaleBench.Text(said.Delivered + read.Delivered)}", "");
        row($"{what}: slots that run once / twice / not, two minutes later", $"{cell.Watch.Running - cell.Watch.Twice} / {cell.Watch.Twice} / {slots - cell.Watch.Running}", $"{slots} / 0 / 0");
    }

    private static void Every(SimWorld world, TimeSpan interval, TimeSpan end, Action act) => world.At(interval, () =>
    {
        if (world.Clock.Now < end)
        {
            act();
            Every(world, interval, end, act);
        }
    });

    private static void GoAndCome(ScaleCell cell)
    {
        var node = cell.World.Chance.Pick(cell.Nodes);
        if (node.IsAlive)
        {
            node.PowerOff();
            cell.World.At(Away, node.StartIfWanted);
        }
    }
}
