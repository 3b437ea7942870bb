using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

public sealed class ClaimTableTests
{
    private static readonly NodeId Self = NodeId.Parse("self");
    private readonly ClaimTable _table = new(Self);

    [Fact]
    public void Strangers_are_heard_up_to_a_bound_and_the_known_beyond_it()
    {
        Fill(ClaimTable.StrangersWordsMax + 10);
        Assert.Equal(ClaimTable.StrangersWordsMax, _table.Words);
        Assert.Equal(Hearing.Taken, Hear("peer", slot: 0, isKnown: true));
        Assert.Equal(Hearing.Taken, Hear("self", slot: 0));
    }

    [Fact]
    public void Who_is_in_the_table_is_heard_again_though_it_is_full()
    {
        Fill(ClaimTable.StrangersWordsMax);
        Assert.Equal(Hearing.Taken, Hear("x0", slot: 0, rev: 2));
        Assert.Equal(Hearing.Known, Hear("x0", slot: 0, rev: 1));
    }

    [Fact]
    public void What_is_forgotten_makes_room()
    {
        Fill(ClaimTable.StrangersWordsMax);
        Assert.Equal(Hearing.Refused, Hear("y", slot: 0));
        Assert.True(_table.Forget(Slot(0), NodeId.Parse("x0")));
        Assert.Equal(Hearing.Taken, Hear("y", slot: 0));
        _table.Remove(Slot(0));
        Assert.Equal(ClaimTable.StrangersWordsMax - 1000, _table.Words);
        _table.LinkLost();
        Assert.Equal(0, _table.Words);
        Assert.Equal(Hearing.Taken, Hear("y", slot: 1));
    }

    [Fact]
    public void Of_others_texts_what_explanations_show_is_kept_and_of_the_own_everything()
    {
        var reason = new string('r', 1000);
        _table.Hear(Claim("peer", 0) with { Reason = reason, Unit = "u" }, retained: false, TimeSpan.Zero, isKnown: true);
        _table.Hear(Claim("self", 0) with { Reason = reason, Unit = "u" }, retained: false, TimeSpan.Zero, isKnown: true);
        Assert.InRange(_table[Slot(0)].Of(NodeId.Parse("peer"))!.Reason.Length, 50, 200);
        Assert.Equal((reason, "u"), (_table[Slot(0)].Of(Self)!.Reason, _table[Slot(0)].Of(Self)!.Unit));
    }

    private void Fill(int words)
    {
        for (var i = 0; i < words; i++)
        {
            Hear($"x{i % 1000}", slot: i / 1000);
        }
    }

    private Hearing Hear(string node, int slot, bool isKnown = false, long rev = 1) =>
        _table.Hear(Claim(node, slot) with { Order = new WordOrder(1, rev) }, retained: false, TimeSpan.Zero, isKnown);

    private static SlotId Slot(int index) => new(WorkloadName.Parse("web"), index);

    private static Claim Claim(string node, int slot) => new()
    {
        Slot = Slot(slot),
        Node = NodeId.Parse(node),
        Incarnation = new Incarnation(1),
        Generation = 1,
        Epoch = new Epoch(1),
        Phase = ClaimPhase.Seen,
        Score = 1,
        Order = new WordOrder(1, 1),
        Instance = 1,
    };
}
