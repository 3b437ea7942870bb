using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>What stands in a topic: typed and verified, for bytes and signatures have tests of their own.</summary>
internal abstract record Word : IText
{
    /// <summary>Also names it in what the broker keeps.</summary>
    public abstract string Topic { get; }

    /// <summary>Clears the topic.</summary>
    public virtual bool IsEmpty => false;

    public virtual bool IsRetained => true;
}

internal sealed record PresenceWord(Presence Presence) : Word
{
    public override string Topic => $"presence/{Presence.Node}";

    public override string ToString() => $"{Presence.Node} is {Presence.State.ToString().ToLowerInvariant()} (session {Presence.Session}{(Presence.StoreSuspect ? ", and doubts the broker's store" : "")}), instance {Presence.Instance}";
}

internal sealed record ClaimWord(Claim Claim) : Word
{
    public override string Topic => Of(Claim.Slot, Claim.Node);

    public static string Of(SlotId slot, NodeId node) => $"claim/{slot}/{node}";

    public override string ToString() =>
        $"{Claim.Node}: {Claim.Phase.ToString().ToLowerInvariant()} {Claim.Slot} epoch {Claim.Epoch} generation {Claim.Generation} (run {Claim.RunId} of {Claim.Incarnation.Value:x}, attempts {Claim.Attempts}, score {Claim.Score}, word {Claim.Order.Session}.{Claim.Order.Rev}, pid {Claim.Pid}, instance {Claim.Instance}{(Claim.Reason.Length > 0 ? $", {Claim.Reason}" : "")})";
}

internal sealed record ClearedClaim(SlotId Slot, NodeId Node) : Word
{
    public override string Topic => ClaimWord.Of(Slot, Node);

    public override bool IsEmpty => true;

    public override string ToString() => $"{Node}: nothing on {Slot} any more";
}

internal sealed record IntentWord(Intent Intent) : Word
{
    public override string Topic => $"intent/{Intent.Workload}";

    public override string ToString() => $"the operator: {Describe(Intent)}";

    public static string Describe(Intent intent) =>
        $"{intent.Workload} generation {intent.Generation} {(intent.Spec is { } spec ? $"with {spec.Replicas} slots" : "is deleted")} ({intent.Digest.Low:x})";
}

internal sealed record CopyWord(Intent Intent, NodeId Node) : Word
{
    public override string Topic => Of(Intent.Workload, Node);

    public static string Of(WorkloadName workload, NodeId node) => $"copy/{workload}/{node}";

    public override string ToString() => $"{Node}'s copy: {IntentWord.Describe(Intent)}";
}

internal sealed record ClearedCopy(WorkloadName Workload, NodeId Node) : Word
{
    public override string Topic => CopyWord.Of(Workload, Node);

    public override bool IsEmpty => true;

    public override string ToString() => $"{Node}: no copy of {Workload} any more";
}

internal sealed record WishWord(NodeId Holder, NodeId Asker, SlotId Slot, Epoch Epoch, int Score) : Word
{
    public override string Topic => $"ask/{Holder}/{Asker}";

    public override bool IsRetained => false;

    public override string ToString() => $"{Asker} would take {Slot} of {Holder}'s epoch {Epoch} with a score of {Score}";
}

internal sealed record QuestionAbout(NodeId Holder, NodeId Asker, SlotId Slot, ulong Instance) : Word
{
    public override string Topic => $"ask/{Holder}/{Asker}";

    public override bool IsRetained => false;

    public override string ToString() => $"{Asker} asks {Holder} about {Slot}";
}

internal sealed record Question(NodeId Holder, NodeId Asker) : Word
{
    public override string Topic => $"ask/{Holder}/{Asker}";

    public override bool IsRetained => false;

    public override string ToString() => $"{Asker} asks whether {Holder} is there";
}

/// <summary>A node's lease. Its counter goes round, so that a world which only renews comes back to where it was.</summary>
internal sealed record LeaseSaid(NodeId Node, LeaseWord Lease) : Word
{
    /// <summary>More renewals than there are in any wait of a taker: within one, no two words are the same.</summary>
    public const int Round = 8;

    public override string Topic => Of(Node);

    public static string Of(NodeId node) => $"lease/{node}";

    public override string ToString() => $"{Node}: lease {Lease.Session}.{Lease.Counter}";
}

/// <summary>What a node sends to the broker.</summary>
internal abstract record Upward : IText;

internal sealed record Publish(Word Word) : Upward
{
    public override string ToString() => $"says: {Word}";
}

/// <summary>A new connection with its will, and the subscriptions to one's own topics.</summary>
internal sealed record Connect(Presence Will) : Upward
{
    public override string ToString() => $"connects, session {Will.Session} (of {Will.Node}, instance {Will.Instance})";
}

/// <summary>A subscription and the message to oneself that ends it.</summary>
/// <param name="Step">What is read.</param>
/// <param name="Of">Of claims: which buckets (0x…) or slots. Of a slot read anew: the slot and the nodes.</param>
internal sealed record Subscribe(ReadStep Step, string Of = "") : Upward
{
    public const string BucketsMark = "0x";

    public bool IsOfBuckets => Of.StartsWith(BucketsMark, StringComparison.Ordinal);

    public override string ToString() => $"subscribes to {Step.ToString().ToLowerInvariant()} {Of}";
}

/// <summary>The broker finds that a connection has ended.</summary>
internal sealed record Ended : Upward
{
    public override string ToString() => "is gone, and its will is fired";
}

/// <summary>The steps in which a connection reads what the broker keeps, as <c>Link</c> takes them; intents and presences are one here.</summary>
internal enum ReadStep
{
    Own,
    World,
    Claims,
    Copies,

    /// <summary>Of one slot, what is known of those who are gone and may run it: read anew.</summary>
    Slot,
}

/// <summary>What the broker sends to a node.</summary>
internal abstract record Downward : IText;

internal sealed record Said(Word Word) : Downward
{
    public override string ToString() => $"hears: {Word}";
}

/// <summary>All that was kept for a subscription, and the barrier behind it.</summary>
internal sealed record Read(ReadStep Step, string Of, WordList Words) : Downward
{
    public override string ToString() => $"has read {Step.ToString().ToLowerInvariant()} {Of}[{Words}]";
}

/// <summary>The broker has the first of the leases that it hasn't acknowledged.</summary>
internal sealed record Acknowledged : Downward
{
    public override string ToString() => "hears that its lease has arrived";
}

/// <summary>The connection has ended.</summary>
internal sealed record Lost : Downward
{
    public override string ToString() => "finds its connection lost";
}

/// <summary>Told apart by what is in it.</summary>
internal sealed class WordList(IReadOnlyList<Word> words)
{
    private readonly string _text = string.Join("; ", words);

    public IReadOnlyList<Word> Items => words;

    public override bool Equals(object? obj) => obj is WordList other && other._text == _text;

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;
}
