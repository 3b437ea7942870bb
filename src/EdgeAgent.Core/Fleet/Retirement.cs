namespace EdgeAgent.Core.Fleet;

/// <summary>
/// An operator's signed word that a node is no more, or is enrolled again. It is about that node's sessions up to <see cref="Session"/>: an old word that is
/// sent again says nothing of a node that was enrolled since (docs/adr/0019).
/// </summary>
/// <param name="Node">Of whom.</param>
/// <param name="Serial">Of several words on a node the greater counts.</param>
/// <param name="IsRetired">False: it is enrolled again.</param>
/// <param name="Session">What it said in sessions up to this counts no more.</param>
public sealed record Retirement(NodeId Node, long Serial, bool IsRetired, long Session);
