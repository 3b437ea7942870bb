using EdgeAgent.Node.Ports;

namespace EdgeAgent.Simulation;

/// <summary>The fence, as systemd's timer is one: it needs no agent, and goes by the machine's own clock.</summary>
public sealed partial class SimRuntime
{
    /// <summary>When the fence falls, on the node's monotonic clock; null: none stands.</summary>
    public TimeSpan? FencedUntil { get; private set; }

    /// <summary>A fence that can't be put up, and why; empty: it can.</summary>
    public string FenceTrouble { get; set; } = "";

    private void PutUpFence(TimeSpan until)
    {
        if (FenceTrouble.Length > 0)
        {
            _node?.Post(new RuntimeFenced(until, FenceTrouble));
            return;
        }

        FencedUntil = until;
        LookAtFence();
        _node?.Post(new RuntimeFenced(until, until > _machine!.Clock.Now ? "" : "its time is past"));
    }

    private void LookAtFence()
    {
        if (FencedUntil is not { } until)
        {
            return;
        }

        var left = until - _machine!.Clock.Now;
        if (left > TimeSpan.Zero)
        {
            Later(_machine.Clock.InTruth(left), LookAtFence);
            return;
        }

        FencedUntil = null;
        EndFenced("the fence of exclusive work fell");
    }

    /// <summary>All of them end as they are asked to, or are killed after their stop timeout.</summary>
    private void EndFenced(string why)
    {
        foreach (var unit in Alive.Where(u => _specs[u.Tag.Slot].IsFenced).ToList())
        {
            var slot = unit.Tag.Slot;
            Later(Patience(_specs[slot].Stop), () =>
            {
                if (_units.TryGetValue(slot, out var now) && now.IsAlive && now.Tag == unit.Tag)
                {
                    End(slot, UnitResult.Killed, 15, why);
                }
            });
        }
    }
}
