using EdgeAgent.Daemon.Threading;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>What strangers send is bounded, what the loop itself has asked for always arrives, and the order is one.</summary>
public sealed class InputQueueTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Fact]
    public void Strangers_are_refused_at_the_limit_and_completions_are_not()
    {
        var queue = new InputQueue(limit: 2);

        Assert.True(queue.TryPost(new StoreCommitted(1)));
        Assert.True(queue.TryPost(new StoreCommitted(2)));
        Assert.False(queue.TryPost(new StoreCommitted(3)));
        queue.Post(new StoreCommitted(4));

        Assert.Equal([1L, 2L, 4L], Taken(queue));
        Assert.Equal(1, queue.Refused);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void An_empty_queue_is_waited_for_no_longer_than_asked() =>
        Assert.Equal(0, new InputQueue().Take([], TimeSpan.FromMilliseconds(1)));

    [Fact]
    public void A_waiting_loop_wakes_at_the_first_input()
    {
        var queue = new InputQueue();
        var taken = new List<NodeInput>();
        var loop = new Thread(() => queue.Take(taken, Bound));
        loop.Start();

        queue.Post(new StoreCommitted(1));

        Assert.True(loop.Join(Bound));
        Assert.Single(taken);
    }

    [Fact]
    public void A_stranger_who_waits_for_room_gets_it_when_the_loop_takes()
    {
        var queue = new InputQueue(limit: 1);
        queue.Post(new StoreCommitted(1));
        var stranger = new Thread(() =>
        {
            while (!queue.TryPost(new StoreCommitted(2)))
            {
                queue.WaitForRoom(Bound);
            }
        });
        stranger.Start();

        Assert.True(SpinWait.SpinUntil(() => queue.Refused > 0, Bound));
        var taken = new List<NodeInput>();
        while (taken.Count < 2)
        {
            queue.Take(taken, Bound);
        }

        Assert.True(stranger.Join(Bound));
        Assert.Equal([1L, 2L], taken.Cast<StoreCommitted>().Select(c => c.Id));
    }

    private static IEnumerable<long> Taken(InputQueue queue)
    {
        var inputs = new List<NodeInput>();
        queue.Take(inputs, TimeSpan.Zero);
        return inputs.Cast<StoreCommitted>().Select(c => c.Id);
    }
}
