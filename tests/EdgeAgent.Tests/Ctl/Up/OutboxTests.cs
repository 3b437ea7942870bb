using EdgeCtl.Up.Broker;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Up;

public sealed class OutboxTests
{
    [Fact]
    public void A_full_one_has_room_again_when_half_of_it_is_sent()
    {
        var outbox = new Outbox();
        for (var i = 0; i < BrokerLimits.UnsentMessagesMax; i++)
        {
            Assert.True(outbox.TryAdd(1));
        }

        var room = outbox.RoomAsync();
        for (var i = 0; i < (BrokerLimits.UnsentMessagesMax / 2) - 1; i++)
        {
            outbox.Sent(1, isAcknowledged: false);
            Assert.False(room.IsCompleted);
        }

        outbox.Sent(1, isAcknowledged: false);
        Assert.True(room.IsCompleted);
        Assert.True(outbox.RoomAsync().IsCompleted);
    }

    [Fact]
    public void Who_reads_and_never_acknowledges_is_too_far_behind_some_day()
    {
        var outbox = new Outbox();
        for (var i = 0; i < BrokerLimits.PendingMessagesMax; i++)
        {
            Assert.True(outbox.TryAdd(1));
            outbox.Sending((ushort)(i + 1), 1);
            outbox.Sent(1, isAcknowledged: true);
        }

        Assert.False(outbox.TryAdd(1));
        outbox.Acknowledged(1);
        Assert.True(outbox.TryAdd(1));
    }

    [Fact]
    public void Who_acknowledges_before_the_sending_is_over_is_never_behind()
    {
        var outbox = new Outbox();
        for (var i = 0; i <= BrokerLimits.PendingMessagesMax; i++)
        {
            Assert.True(outbox.TryAdd(1));
            outbox.Sending((ushort)(i + 1), 1);
            outbox.Acknowledged((ushort)(i + 1));
            outbox.Sent(1, isAcknowledged: true);
        }
    }

    [Fact]
    public void A_message_larger_than_the_limit_passes_when_nothing_else_waits() =>
        Assert.True(new Outbox().TryAdd((int)BrokerLimits.PendingBytesMax + 1));

    [Fact]
    public void Nobody_waits_for_a_connection_that_is_over()
    {
        var outbox = new Outbox();
        outbox.TryAdd((int)BrokerLimits.UnsentBytesMax);
        var room = outbox.RoomAsync();
        Assert.False(room.IsCompleted);
        outbox.Close();
        Assert.True(room.IsCompleted);
    }
}
