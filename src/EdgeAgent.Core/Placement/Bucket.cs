using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Core.Placement;

/// <summary>
/// Slots and nodes are dealt into buckets by their hashes, and a slot's bucket stands in the topic of its claims: a node follows the buckets of its cohort and no
/// other (docs/adr/0010). The number is part of the protocol.
/// </summary>
public static class Bucket
{
    /// <summary>Few enough to subscribe to each on any broker.</summary>
    public const int Count = 32;

    public const int Bits = 5;

    public static int Of(SlotId slot) => (int)(StableHash.Of(slot) % Count);

    public static int Of(NodeId node) => (int)(StableHash.Of(node.Value) % Count);

    /// <summary>Of an everywhere workload each node has a slot of its own: where its claim stands is the node's bucket.</summary>
    public static int Of(SlotId slot, NodeId node, bool isEverywhere) => isEverywhere ? Of(node) : Of(slot);

    public static uint Mask(int bucket) => 1u << bucket;
}
