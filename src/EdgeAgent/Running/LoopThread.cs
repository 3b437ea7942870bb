using EdgeAgent.Daemon.Threading;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Running;

/// <summary>The thread of the loop: takes what has come, handles it, ends the turn, and sleeps until something comes or is due.</summary>
internal sealed class LoopThread(NodeLoop loop, InputQueue queue, ServiceSupervisor supervisor, ExitRequest exit)
{
    /// <summary>After so many inputs a turn ends though more wait, so that what has been decided leaves.</summary>
    private const int InputsInTurnMax = 256;

    private static readonly TimeSpan SleepMax = TimeSpan.FromHours(1);

    /// <summary>Runs until the loop wants to exit.</summary>
    public void Run()
    {
        loop.Begin();
        var inputs = new List<NodeInput>();
        while (!exit.IsWanted)
        {
            inputs.Clear();
            queue.Take(inputs, Patience());
            for (var i = 0; i < inputs.Count; i++)
            {
                loop.Handle(inputs[i]);
                if (i % InputsInTurnMax == InputsInTurnMax - 1)
                {
                    loop.EndTurn();
                }
            }

            loop.EndTurn();
        }
    }

    private TimeSpan Patience()
    {
        var patience = supervisor.SleepMax ?? SleepMax;
        if (loop.Deadline is { } deadline && deadline - loop.Now is var due && due < patience)
        {
            patience = due;
        }

        // Whole milliseconds, rounded up: Monitor.Wait would round down and wake too early, again and again.
        return patience <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(patience.TotalMilliseconds));
    }
}

/// <summary>What the loop says at its end.</summary>
internal sealed class ExitRequest : ILifecycle
{
    public bool IsWanted { get; private set; }

    public ExitReason Reason { get; private set; }

    public string Message { get; private set; } = "";

    public void Exit(ExitReason reason, string message) => (IsWanted, Reason, Message) = (true, reason, message);
}
