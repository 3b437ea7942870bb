using EdgeAgent.Core.Placement;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Work;

/// <summary>Checks on their way to the runtime: one at a time for each slot, few at once for the node, in the order in which they became due.</summary>
internal sealed class CheckQueue(IRuntime runtime)
{
    private readonly HashSet<SlotId> _running = [];
    private readonly List<RuntimeCheck> _waiting = [];

    public void Add(RuntimeCheck check)
    {
        // One that still waits is about a process that is no more.
        Forget(check.Spec.Tag.Slot);
        _waiting.Add(check);
        Submit();
    }

    public void Ended(SlotId slot)
    {
        _running.Remove(slot);
        Submit();
    }

    /// <summary>What waits for this slot is not asked any more.</summary>
    public void Forget(SlotId slot) => _waiting.RemoveAll(c => c.Spec.Tag.Slot == slot);

    private void Submit()
    {
        for (var i = 0; i < _waiting.Count && _running.Count < NodeLimits.ChecksAtOnceMax;)
        {
            if (_running.Add(_waiting[i].Spec.Tag.Slot))
            {
                runtime.Submit(_waiting[i]);
                _waiting.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }
    }
}
