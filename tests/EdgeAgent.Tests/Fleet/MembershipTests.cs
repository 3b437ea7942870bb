using EdgeAgent.Core.Fleet;
using Xunit;

namespace EdgeAgent.Tests.Fleet;

public sealed class MembershipTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly NodeId Peer = NodeId.Parse("h");
    private readonly Membership _members = new(NodeId.Parse("t"), Window);

    [Fact]
    public void A_retained_online_is_hearsay_until_something_comes_live()
    {
        _members.Hear(Word(1, PresenceState.Online), retained: true, Seconds(0));
        _members.BarrierPassed(Seconds(1));
        Assert.Equal(PeerStanding.Hearsay, _members.StandingOf(Peer, Seconds(2)));
        Assert.Null(_members.AbsentSince(Peer, Seconds(2)));

        _members.HeardLive(Peer);
        Assert.Equal(PeerStanding.Present, _members.StandingOf(Peer, Seconds(30)));
    }

    [Fact]
    public void Who_stays_silent_for_R_is_absent_since_the_barrier()
    {
        _members.Hear(Word(1, PresenceState.Online), retained: true, Seconds(0));
        _members.BarrierPassed(Seconds(1));
        Assert.Null(_members.AbsentSince(Peer, Seconds(10)));
        Assert.Equal(Seconds(1), _members.AbsentSince(Peer, Seconds(11)));
    }

    /// <summary>Seed 353: who was asked answers on what it holds, and that was followed no more when the answer came.</summary>
    [Fact]
    public void Whose_answer_may_not_have_been_heard_is_doubted_again()
    {
        _members.Hear(Word(1, PresenceState.Online), retained: true, Seconds(0));
        _members.BarrierPassed(Seconds(1));
        Assert.True(_members.Doubt(Peer, Seconds(20)));
        _members.Asked(Peer);
        _members.AnswerMissed(Peer);
        Assert.True(_members.Doubt(Peer, Seconds(50)));
        Assert.Null(_members.AbsentSince(Peer, Seconds(59)));
    }

    [Fact]
    public void The_will_of_an_older_connection_says_nothing()
    {
        _members.BarrierPassed(Seconds(0));
        _members.Hear(Word(58, PresenceState.Online), retained: false, Seconds(1));
        _members.Hear(Word(57, PresenceState.Offline), retained: false, Seconds(2));
        Assert.Equal(PeerStanding.Present, _members.StandingOf(Peer, Seconds(3)));

        _members.Hear(Word(58, PresenceState.Offline), retained: false, Seconds(4));
        Assert.Equal(Seconds(4), _members.AbsentSince(Peer, Seconds(5)));
    }

    [Fact]
    public void A_duplicate_of_the_offline_word_does_not_start_the_count_again()
    {
        _members.BarrierPassed(Seconds(0));
        _members.Hear(Word(1, PresenceState.Online), retained: false, Seconds(1));
        _members.Hear(Word(1, PresenceState.Offline), retained: false, Seconds(2));
        _members.Hear(Word(1, PresenceState.Offline), retained: false, Seconds(8));
        Assert.Equal(Seconds(2), _members.AbsentSince(Peer, Seconds(9)));
    }

    [Fact]
    public void Absence_counts_from_the_own_barrier_and_nothing_is_carried_over_a_reconnect()
    {
        _members.Hear(Word(4, PresenceState.Offline), retained: true, Seconds(0));
        _members.BarrierPassed(Seconds(5));
        Assert.Equal(Seconds(5), _members.AbsentSince(Peer, Seconds(6)));

        _members.LinkLost();
        Assert.Null(_members.AbsentSince(Peer, Seconds(60)));
        _members.Hear(Word(1, PresenceState.Online), retained: false, Seconds(61));
        _members.BarrierPassed(Seconds(62));
        Assert.Null(_members.AbsentSince(Peer, Seconds(100)));
    }

    [Fact]
    public void Who_restarts_is_absent_from_its_word_on_until_it_is_online_again()
    {
        _members.BarrierPassed(Seconds(0));
        _members.Hear(Word(1, PresenceState.Online), retained: false, Seconds(1));
        _members.Hear(Word(1, PresenceState.Restarting), retained: false, Seconds(2));
        _members.HeardLive(Peer);
        Assert.Equal(PeerStanding.Absent, _members.StandingOf(Peer, Seconds(3)));

        // The goodbye and a will of that connection say it again, and start no new count.
        _members.Hear(Word(1, PresenceState.Restarting), retained: false, Seconds(4));
        _members.Hear(Word(1, PresenceState.Offline), retained: false, Seconds(5));
        Assert.Equal(Seconds(2), _members.AbsentSince(Peer, Seconds(6)));
        _members.Hear(Word(2, PresenceState.Online), retained: false, Seconds(7));
        Assert.Equal(PeerStanding.Present, _members.StandingOf(Peer, Seconds(8)));
    }

    private static Presence Word(long session, PresenceState state) => new(Peer, session, 7, state);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
