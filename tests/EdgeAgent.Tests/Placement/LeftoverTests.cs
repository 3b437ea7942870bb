using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>What a broker keeps though it was cleared or replaced elsewhere: two with a bridge between them give each other what is old when they find each other again (docs/adr/0030).</summary>
public sealed class LeftoverTests
{
    private static readonly NodeId Owner = NodeId.Parse("a");
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private readonly OneCore _one = new();

    [Fact]
    public void Whose_word_stays_behind_after_a_deletion_is_asked_for_the_latest_ever_more_seldom()
    {
        Deleted(Owner);
        var began = _one.Now;
        _one.Happens(Bid(retained: false));
        _one.WaitUntil(() => Questions().Count == 1);
        Assert.InRange(_one.Now - began, Window * 2, Window * 4);
        Assert.Equal(new AskAbout(Owner, OneCore.Slot, 1), Questions()[0]);

        var (first, _) = (_one.Now, began = _one.Now);
        _one.WaitUntil(() => Questions().Count == 2);
        var wait = _one.Now - first;
        began = _one.Now;
        _one.WaitUntil(() => Questions().Count == 3);
        Assert.True(_one.Now - began > wait, $"{_one.Now - began} after {wait}");
        _one.WaitUntil(() => _one.Now - first > TimeSpan.FromHours(1));
        Assert.InRange(Questions().Count, 10, 20);
    }

    [Fact]
    public void What_was_said_before_the_deletion_counts_as_well()
    {
        _one.Connect(1, Owner);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        _one.Happens(new ClaimHeard(OneCore.Said(Owner, ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, Retained: false));
        _one.Happens(new SlotsRead([OneCore.Slot]));
        _one.Happens(new IntentHeard(Tombstone(), Retained: false));
        _one.WaitUntil(() => Questions().Count == 1);
    }

    [Fact]
    public void Nobody_is_asked_about_what_is_cleared_or_of_a_node_that_is_gone_or_where_the_workload_is_there_again()
    {
        Deleted(Owner);
        _one.Happens(Bid(retained: false));
        _one.Happens(new ClaimCleared(OneCore.Slot, Owner));
        Quiet();

        _one.Happens(Bid(retained: true));
        _one.Happens(new PresenceHeard(new Presence(Owner, 1, 1, PresenceState.Offline), Retained: false));
        Quiet();

        _one.Happens(new PresenceHeard(new Presence(Owner, 2, 1, PresenceState.Online), Retained: false));
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Pin) with { Incarnation = new(43), Follows = OneCore.Life, Digest = Word(3) }, Retained: false));
        Quiet();
    }

    [Fact]
    public void Strangers_fill_no_memory_with_words_on_what_was_deleted()
    {
        Deleted(Owner);
        for (var i = 0; i < 5000; i++)
        {
            _one.Happens(new ClaimHeard(OneCore.Said(NodeId.Parse($"s{i}"), ClaimPhase.Bid, rev: 1) with { Slot = new(OneCore.Slot.Workload, i % 100) }, Retained: true));
        }

        Quiet();
        Assert.Empty(_one.Effects.OfType<SayClaim>());
    }

    [Theory]
    [InlineData("its own", true)]
    [InlineData("an earlier agent's", false)]
    [InlineData("of what is wanted", false)]
    [InlineData("of what nobody knows", false)]
    public void Who_is_asked_about_a_word_that_it_has_none_of_clears_it_where_it_can_be_nobody_else_s(string word, bool isCleared)
    {
        Deleted(Owner);
        if (word == "of what is wanted")
        {
            _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover) with { Incarnation = new(43), Follows = OneCore.Life, Digest = Word(3), Spec = OneCore.Wanted().Spec! with { Requires = new Requirements { Labels = new Dictionary<string, string> { ["no"] = "such" } } } }, Retained: false));
        }
        var slot = word == "of what nobody knows" ? new SlotId(WorkloadName.Parse("other"), 0) : OneCore.Slot;
        Asked(slot, word.StartsWith("an earlier", StringComparison.Ordinal) ? 6u : 7u);
        Assert.Equal(isCleared, _one.Effects.OfType<ClearStray>().Any(c => c.Slot == slot && c.Bucket == Bucket.Of(slot)));
        Assert.Empty(_one.Effects.OfType<SayClaim>());
    }

    /// <summary>It may be a copied card's, which said it a moment ago and runs exclusive work: how long this agent is up says nothing of that.</summary>
    [Fact]
    public void An_earlier_agent_s_word_is_cleared_when_it_has_been_asked_about_for_longer_than_any_lease_binds()
    {
        Deleted(Owner);
        _one.Passes(TimeSpan.FromHours(9));
        Asked(OneCore.Slot, 6);
        _one.Passes(TimeSpan.FromHours(1));
        Asked(OneCore.Slot, 6);
        Assert.Empty(_one.Effects.OfType<ClearStray>());
        _one.Passes(TimeSpan.FromHours(2));
        Asked(OneCore.Slot, 6);
        Assert.NotEmpty(_one.Effects.OfType<ClearStray>());
    }

    [Fact]
    public void Words_of_dead_devices_keep_nobody_from_asking_about_one_of_the_living()
    {
        NodeId[] dead = [.. Enumerable.Range(0, 300).Select(i => NodeId.Parse($"dead{i}"))];
        Deleted([Owner, .. dead]);
        foreach (var node in dead)
        {
            _one.Happens(new PresenceHeard(new Presence(node, 1, 1, PresenceState.Offline), Retained: false));
            _one.Happens(new ClaimHeard(OneCore.Said(node, ClaimPhase.Bid, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, Retained: true));
        }

        _one.Happens(Bid(retained: false));
        _one.WaitUntil(() => Questions().Count > 0);
        Assert.All(Questions(), q => Assert.Equal(Owner, q.Holder));
    }

    /// <summary>As when the bridge passes it on while this node still reads: it is counted among what is lost when all is read.</summary>
    [Fact]
    public void An_older_word_that_comes_while_a_connection_is_read_counts_as_well()
    {
        Deleted(Owner);
        _one.Happens(new LinkLost());
        _one.Effects.Clear();
        _one.Happens(new LinkOpened(2));
        _one.Happens(new IntentHeard(Tombstone(), Retained: true));
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        _one.Happens(new PresencesRead());
        _one.Happens(new ClaimsRead(uint.MaxValue));
        _one.Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        Assert.NotEmpty(_one.Effects.OfType<SuspectStore>());
        Assert.NotEmpty(_one.Effects.OfType<SayCopy>());
    }

    [Fact]
    public void Who_is_asked_about_what_it_runs_says_so_again()
    {
        _one.Connect(1);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        var before = _one.Latest();
        _one.Happens(new AskedAbout(OneCore.Slot, 1));
        _one.WaitUntil(() => _one.Latest().Order != before.Order);
        Assert.Equal(before with { Order = _one.Latest().Order }, _one.Latest());
        Assert.Empty(_one.Effects.OfType<ClearStray>());
    }

    [Fact]
    public void An_older_word_of_the_operator_that_comes_in_the_place_of_the_latest_is_told_of_and_a_copy_kept_until_that_is_back()
    {
        Deleted(Owner);
        var older = new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false);
        _one.Happens(older);
        Assert.Equal(OneCore.Slot.Workload, Assert.Single(_one.Effects.OfType<SayCopy>()).Intent.Workload);
        Assert.Contains("generation 1 of web has come in the place of generation 2", Assert.Single(_one.Effects.OfType<SuspectStore>()).Reason, StringComparison.Ordinal);
        Assert.Empty(_one.Effects.OfType<SayClaim>());

        // Once, however often it comes.
        _one.Happens(older);
        Assert.Single(_one.Effects.OfType<SayCopy>());
        Assert.Single(_one.Effects.OfType<SuspectStore>());

        // To who forgot the deletion, the older one would be what is wanted.
        _one.Happens(new TombstonesAged(DateTimeOffset.MaxValue));
        Assert.Empty(_one.Effects.OfType<ForgetIntent>());

        _one.Happens(new IntentHeard(Tombstone(), Retained: false));
        Assert.Single(_one.Effects.OfType<ClearCopy>());
    }

    private void Deleted(params NodeId[] others)
    {
        _one.Connect(1, others);
        _one.Happens(new IntentHeard(Tombstone(), Retained: false));
        _one.Effects.Clear();
    }

    private void Asked(SlotId slot, ulong instance)
    {
        _one.Happens(new AskedAbout(slot, instance));
        for (var i = 0; i < 20; i++)
        {
            _one.Passes(TimeSpan.FromMilliseconds(10));
            _one.Happens(new Woken());
        }
    }

    private List<AskAbout> Questions() => [.. _one.Effects.OfType<AskAbout>()];

    private void Quiet()
    {
        var until = _one.Now + TimeSpan.FromMinutes(30);
        while (_one.Core.NextWake is { } at && at < until)
        {
            _one.Passes(at - _one.Now);
            _one.Happens(new Woken());
        }

        Assert.Empty(Questions());
    }

    private static ClaimHeard Bid(bool retained) => new(OneCore.Said(Owner, ClaimPhase.Bid, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, retained);

    private static Intent Tombstone() => OneCore.Wanted(PartitionPolicy.Failover) with { Generation = 2, RunId = 1, Spec = null, Digest = Word(2), Features = [] };

    private static Digest Word(byte which) => new(0, which);
}
