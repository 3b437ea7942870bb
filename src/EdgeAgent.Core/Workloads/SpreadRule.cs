namespace EdgeAgent.Core.Workloads;

/// <summary>
/// Over which values of a node's label the slots of a workload are dealt: slot i belongs to domain i mod D, so that no domain has two more than another and slots never contend
/// (protocol.md, "Hard spread").
/// </summary>
/// <param name="By">The label's key.</param>
/// <param name="Domains">Its values, in the order in which slots are dealt to them.</param>
public sealed record SpreadRule(string By, IReadOnlyList<string> Domains)
{
    /// <summary>A slot runs in its own domain or not at all; otherwise elsewhere where nobody there takes it, and comes back when somebody does.</summary>
    public bool IsHard { get; init; }

    public string DomainOf(int index) => Domains[index % Domains.Count];

    /// <summary>Whether a node with these labels is in the slot's domain.</summary>
    public bool IsHome(int index, IReadOnlyDictionary<string, string> labels) => labels.TryGetValue(By, out var value) && value == DomainOf(index);
}
