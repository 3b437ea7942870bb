using EdgeAgent.Core.Fleet;

namespace EdgeCtl.Logs;

/// <summary>A log that is read: of which node, how it is named before its lines, and what the node is asked for.</summary>
public sealed record LogPlace(NodeId Node, string Name, string Subject, IReadOnlyDictionary<string, string> Asked)
{
    /// <summary>What writes it has ended.</summary>
    public bool IsFinal { get; init; }

    /// <summary>For a sentence: <c>hello/0: node-1</c>.</summary>
    public string Title => Name == Node.Value ? Name : $"{Name}: {Node}";

    public (NodeId Node, string Subject) Key => (Node, Subject);
}
