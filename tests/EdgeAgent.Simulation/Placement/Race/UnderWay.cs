using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Scale;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>A job that is neither placed nor given up yet.</summary>
internal sealed class UnderWay(ScaleCell cell, int job, Intent intent)
{
    /// <summary>A bid that is lost gives its room back within milliseconds; nothing else ever does here.</summary>
    private static readonly TimeSpan Sure = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private TimeSpan _lookAt = cell.World.Clock.Now + LookEvery;
    private TimeSpan? _fullSince;
    private int _roomAt;

    public int Job => job;

    public SlotId Slot { get; } = new(intent.Workload, 0);

    public TimeSpan Since { get; } = cell.World.Clock.Now;

    /// <summary>For a second no node of the cell has had room for it: no work ever ends here, so it fits nowhere, and is dropped.</summary>
    public bool HasNoRoom()
    {
        var now = cell.World.Clock.Now;
        if (now < _lookAt)
        {
            return false;
        }

        _lookAt = now + LookEvery;
        if (!HasRoom(_roomAt))
        {
            _roomAt = cell.Nodes.FindIndex(n => n.Rules!.WhyNot(intent).Length == 0);
        }

        _fullSince = _roomAt >= 0 ? null : _fullSince ?? now;
        return now - _fullSince >= Sure;
    }

    private bool HasRoom(int at) => at >= 0 && cell.Nodes[at].Rules!.WhyNot(intent).Length == 0;
}
