using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Protocol.Topics;

/// <summary>
/// Every topic of a cell, <c>{root}/{fleet}/{cell}/…</c>, made here and read back by <see cref="TryParse"/>: no other code
/// writes or takes apart a topic. A round-trip property proves that one is the other's inverse.
/// </summary>
public class TopicSpace
{
    private const string ClaimKind = "claim-";

    public const string DefaultRoot = "edge/v1";

    /// <summary>Hosted brokers accept no longer ones.</summary>
    public const int RootLengthMax = 16;

    private readonly string _prefix;
    private readonly string _logicalPrefix;

    public TopicSpace(string root, FleetId fleet, CellId cell)
    {
        Root = root;
        Fleet = fleet;
        Cell = cell;
        _logicalPrefix = $"{fleet}/{cell}/";
        _prefix = $"{root}/{_logicalPrefix}";
    }

    public string Root { get; }

    public FleetId Fleet { get; }

    public CellId Cell { get; }

    /// <summary>At most 16 characters, one slash at most, no wildcard and no <c>$</c>.</summary>
    public static bool IsValidRoot(string? root) =>
        root is { Length: > 0 and <= RootLengthMax } && !root.AsSpan().ContainsAny("+#$\0") && root[0] != '/' && root[^1] != '/' && root.AsSpan().Count('/') <= 1;

    public string Intent(WorkloadName workload) => $"{_prefix}intent/{workload}";

    public string Copy(WorkloadName workload, NodeId node) => $"{_prefix}copy/{workload}/{node}";

    public string Presence(NodeId node) => $"{_prefix}presence/{node}";

    public string Status(NodeId node) => $"{_prefix}status/{node}";

    /// <summary>Where a claim on a placed slot stands; that of an everywhere workload stands in its node's bucket.</summary>
    public string Claim(SlotId slot, NodeId node) => Claim(Bucket.Of(slot), slot, node);

    /// <param name="bucket">Where it stands: <see cref="Bucket.Of(SlotId, NodeId, bool)"/>.</param>
    /// <param name="slot">What it is about.</param>
    /// <param name="node">Who says it.</param>
    public string Claim(int bucket, SlotId slot, NodeId node) => $"{_prefix}{ClaimKind}{bucket}/{slot.Workload}/{slot.Index}/{node}";

    /// <summary>Asks nodes outside of a slot's cohort to look after it.</summary>
    public string Call(SlotId slot, NodeId node) => $"{_prefix}call/{slot.Workload}/{slot.Index}/{node}";

    public string Self(SelfPurpose purpose, NodeId node) => $"{_prefix}self/{(purpose == SelfPurpose.Barrier ? "barrier" : "canary")}/{node}";

    public string Command(NodeId node) => $"{_prefix}cmd/{node}";

    public string CommandToAll() => $"{_prefix}cmd/all";

    public string Ask(NodeId holder, NodeId asker) => $"{_prefix}ask/{holder}/{asker}";

    public string Reply(string client, string id, NodeId node) => $"{_prefix}reply/{client}/{id}/{node}";

    public string Lease(NodeId node) => $"{_prefix}lease/{node}";

    /// <summary>Asks a voter of exclusive work to grant a slot.</summary>
    public string Vote(NodeId voter, SlotId slot, NodeId node) => $"{_prefix}vote/{voter}/{slot.Workload}/{slot.Index}/{node}";

    /// <summary>The voter's answer to the node that asked.</summary>
    public string Grant(NodeId asker, SlotId slot, NodeId voter) => $"{_prefix}grant/{asker}/{slot.Workload}/{slot.Index}/{voter}";

    public string Event(NodeId node) => $"{_prefix}event/{node}";

    /// <summary>The topic without the root: the external data of a signature, so that a message cannot be moved.</summary>
    public string LogicalIntent(WorkloadName workload) => $"{_logicalPrefix}intent/{workload}";

    public string LogicalCommand(NodeId? node) => $"{_logicalPrefix}cmd/{(node is { } n ? n.Value : "all")}";

    /// <summary>An operator's word that a node is no more. Its last part is no node's name, so that none may write it.</summary>
    public string Retired(NodeId node) => $"{_prefix}retired/{node}/all";

    public string LogicalRetired(NodeId node) => $"{_logicalPrefix}retired/{node}/all";

    public string AllRetired => $"{_prefix}retired/+/all";

    public string AllLeases => $"{_prefix}lease/+";

    public string AllSelves => $"{_prefix}self/+/+";

    public string AllIntents => $"{_prefix}intent/+";

    public string AllPresences => $"{_prefix}presence/+";

    public string AllStatuses => $"{_prefix}status/+";

    public string AllCopies => $"{_prefix}copy/+/+";

    public string AllCalls => $"{_prefix}call/+/+/+";

    public IEnumerable<string> AllClaims => Enumerable.Range(0, Bucket.Count).Select(ClaimsIn);

    public string ClaimsIn(int bucket) => $"{_prefix}{ClaimKind}{bucket}/+/+/+";

    public string AllEvents => $"{_prefix}event/+";

    public IEnumerable<string> ClaimsOf(WorkloadName workload) => Enumerable.Range(0, Bucket.Count).Select(b => $"{_prefix}{ClaimKind}{b}/{workload}/+/+");

    /// <summary>Not of an everywhere workload: its claims stand in the buckets of their nodes.</summary>
    public string ClaimsOf(SlotId slot) => $"{_prefix}{ClaimKind}{Bucket.Of(slot)}/{slot.Workload}/{slot.Index}/+";

    /// <summary>Also brings what else ends in the node's name and is as long.</summary>
    public string ClaimsBy(NodeId node) => $"{_prefix}+/+/+/{node}";

    public string CopiesOf(WorkloadName workload) => $"{_prefix}copy/{workload}/+";

    public string CopiesBy(NodeId node) => $"{_prefix}copy/+/{node}";

    public string SelfOf(NodeId node) => $"{_prefix}self/+/{node}";

    public string AsksOf(NodeId node) => $"{_prefix}ask/{node}/+";

    public string VotesOf(NodeId voter) => $"{_prefix}vote/{voter}/+/+/+";

    public string GrantsTo(NodeId asker) => $"{_prefix}grant/{asker}/+/+/+";

    public string RepliesTo(string client) => $"{_prefix}reply/{client}/+/+";

    /// <summary>The inverse; false for a topic of another space or one that isn't of ours, which is then none of our business.</summary>
    public virtual bool TryParse(string topic, out Topic parsed)
    {
        parsed = default;
        if (!topic.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return false;
        }

        Span<Range> parts = stackalloc Range[6];
        var rest = topic.AsSpan(_prefix.Length);
        var count = rest.Split(parts, '/');
        static string Part(int i, ReadOnlySpan<char> text, Span<Range> ranges) => new(text[ranges[i]]);

        switch (Part(0, rest, parts), count)
        {
            case ("intent", 2) when WorkloadName.TryParse(Part(1, rest, parts), out var workload):
                parsed = new(TopicKind.Intent) { Workload = workload };
                return true;
            case ("copy", 3) when WorkloadName.TryParse(Part(1, rest, parts), out var workload) && NodeId.TryParse(Part(2, rest, parts), out var node):
                parsed = new(TopicKind.Copy) { Workload = workload, Node = node };
                return true;
            case ("call", 4) when WorkloadName.TryParse(Part(1, rest, parts), out var workload) && TryIndex(rest[parts[2]], out var index) && NodeId.TryParse(Part(3, rest, parts), out var node):
                parsed = new(TopicKind.Call) { Workload = workload, Index = index, Node = node };
                return true;
            case (_, 4) when TryBucket(rest[parts[0]], out var bucket) && WorkloadName.TryParse(Part(1, rest, parts), out var workload) && TryIndex(rest[parts[2]], out var index) && NodeId.TryParse(Part(3, rest, parts), out var node):
                parsed = new(TopicKind.Claim) { Bucket = bucket, Workload = workload, Index = index, Node = node };
                return true;
            case ("retired", 3) when rest[parts[2]] is "all" && NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Retired) { Node = node };
                return true;
            case ("presence", 2) when NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Presence) { Node = node };
                return true;
            case ("status", 2) when NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Status) { Node = node };
                return true;
            case ("lease", 2) when NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Lease) { Node = node };
                return true;
            case ("event", 2) when NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Event) { Node = node };
                return true;
            case ("cmd", 2) when rest[parts[1]] is "all":
                parsed = new(TopicKind.CommandToAll);
                return true;
            case ("cmd", 2) when NodeId.TryParse(Part(1, rest, parts), out var node):
                parsed = new(TopicKind.Command) { Node = node };
                return true;
            case ("ask", 3) when NodeId.TryParse(Part(1, rest, parts), out var holder) && NodeId.TryParse(Part(2, rest, parts), out var asker):
                parsed = new(TopicKind.Ask) { Holder = holder, Node = asker };
                return true;
            case ("vote" or "grant", 5) when NodeId.TryParse(Part(1, rest, parts), out var holder) && WorkloadName.TryParse(Part(2, rest, parts), out var workload) && TryIndex(rest[parts[3]], out var index) && NodeId.TryParse(Part(4, rest, parts), out var node):
                parsed = new(rest[parts[0]] is "vote" ? TopicKind.Vote : TopicKind.Grant) { Holder = holder, Workload = workload, Index = index, Node = node };
                return true;
            case ("self", 3) when NodeId.TryParse(Part(2, rest, parts), out var node) && rest[parts[1]] is "barrier" or "canary":
                parsed = new(rest[parts[1]] is "barrier" ? TopicKind.SelfBarrier : TopicKind.SelfCanary) { Node = node };
                return true;
            case ("reply", 4) when DnsLabel.IsValid(rest[parts[1]]) && DnsLabel.IsValid(rest[parts[2]]) && NodeId.TryParse(Part(3, rest, parts), out var node):
                parsed = new(TopicKind.Reply) { Client = Part(1, rest, parts), Id = Part(2, rest, parts), Node = node };
                return true;
            default:
                return false;
        }
    }

    private static bool TryBucket(ReadOnlySpan<char> text, out int bucket)
    {
        bucket = 0;
        return text.StartsWith(ClaimKind, StringComparison.Ordinal) && TryNumber(text[ClaimKind.Length..], Bucket.Count, out bucket);
    }

    private static bool TryIndex(ReadOnlySpan<char> text, out int index) => TryNumber(text, WorkloadLimits.ReplicasMax, out index);

    private static bool TryNumber(ReadOnlySpan<char> text, int end, out int number) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number)
        && number < end && (text.Length == 1 || text[0] != '0');
}

public enum SelfPurpose
{
    Barrier,
    Canary,
}
