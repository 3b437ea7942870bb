using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whose units the systemd runtime starts. The three together are the mark of each: no other agent's unit is touched.</summary>
/// <param name="Fleet">Stands in the units' names.</param>
/// <param name="Node">Stands in the units' names.</param>
/// <param name="StoreId">Of the agent's store: another agent under the same name has another.</param>
public sealed record SystemdRuntimeOptions(FleetId Fleet, NodeId Node, string StoreId)
{
    /// <summary>All work is in it, so that a person sees it together: <c>systemctl status edge.slice</c>.</summary>
    public string Slice { get; init; } = "edge.slice";

    /// <summary>Absolute paths that confined work can't reach, such as the agent's own state and socket.</summary>
    public IReadOnlyList<string> HiddenPaths { get; init; } = [];
}
