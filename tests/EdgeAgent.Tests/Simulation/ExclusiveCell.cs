using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A cell with one slot of exclusive work, and who watches it in true time.</summary>
internal static class ExclusiveCell
{
    public const string Name = "alone";

    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(6);

    public static readonly WorkloadSpec Spec = SimOperator.Service(1) with { Partition = PartitionPolicy.Exclusive, Lease = LeaseTime, Stop = new StopRule { Timeout = TimeSpan.FromSeconds(1) } };

    public static readonly SlotId Slot = new(WorkloadName.Parse(Name), 0);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);

    /// <param name="seed">Of the world.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="spec">What runs; null: <see cref="Spec"/>.</param>
    /// <param name="before">How long the cell is there before, in seconds.</param>
    public static Cell Running(ulong seed, int nodes = 3, WorkloadSpec? spec = null, double before = 3)
    {
        var cell = new Cell(seed, nodes);
        cell.Run(before);
        cell.Operator.Apply(Name, spec ?? Spec);
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
        return cell;
    }

    public static SimNode Holder(Cell cell) => Assert.Single(cell.World.Nodes.Values, n => n.Runtime.Alive.Any());

    /// <summary>Never two, at each millisecond; and one at the end.</summary>
    public static void Watch(Cell cell, double seconds)
    {
        NeverTwo(cell, seconds);
        Assert.True(cell.RunsOnce(1), cell.Log());
    }

    /// <summary>Never two, at each millisecond.</summary>
    public static void NeverTwo(Cell cell, double seconds) => WatchUntil(cell, seconds, () => false);

    /// <summary>Never two, at each millisecond, until it holds; false where it didn't within that time.</summary>
    public static bool WatchUntil(Cell cell, double seconds, Func<bool> holds)
    {
        var until = cell.World.Clock.Now + TimeSpan.FromSeconds(seconds);
        while (cell.World.Clock.Now < until)
        {
            if (holds())
            {
                return true;
            }

            cell.World.Run(Step);
            Assert.True(cell.Running().GetValueOrDefault(Slot) <= 1, $"two run at {cell.World.Clock.Now}\n{cell.Log()}");
        }

        return holds();
    }
}
