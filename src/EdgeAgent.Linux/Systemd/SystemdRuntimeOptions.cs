using EdgeAgent.Core;
using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whose units the systemd runtime starts. The three together are the mark of each: no other agent's unit is touched.</summary>
/// <param name="Fleet">The node's.</param>
/// <param name="Node">The agent's own.</param>
/// <param name="StoreId">Of the agent's store: another agent under the same name has another.</param>
public sealed record SystemdRuntimeOptions(FleetId Fleet, NodeId Node, string StoreId)
{
    /// <summary>Other agents start units on it too: the node then stands in the names of units and slice.</summary>
    public bool IsManagerShared { get; init; }

    /// <summary>All work is in it, so that a person sees it together: <c>systemctl status edge.slice</c>. A <c>-</c> would make a slice within a slice.</summary>
    public string Slice => IsManagerShared ? $"edge-{Node.Value.Replace('-', '_')}.slice" : "edge.slice";

    /// <summary>Exclusive work is in this one, within <see cref="Slice"/>.</summary>
    public string ExclusiveSlice => $"{Slice[..^".slice".Length]}-exclusive.slice";

    public FenceName Fence => new(this);

    /// <summary>Of what is fetched for work, which sees its own of it at another place.</summary>
    public string ArtifactFolder => IsManagerShared ? $"/var/lib/edge-artifacts-{Fleet}_{Node}" : "/var/lib/edge-artifacts";

    /// <summary>The service, its user and its folder, of what fetches: a user's name has no room for both of ours.</summary>
    public string FetchService => IsManagerShared ? $"edgefetch-{StableHash.Of($"{Fleet}/{Node}"):x16}" : "edgeagent-fetch";

    /// <summary>The agent's own: the one that is gone after a boot, and the one that stays. Confined work can't reach them, and profiles of AppArmor lie there. Null: there are none, and none are loaded.</summary>
    public (string Runtime, string State)? Folders { get; init; }
}
