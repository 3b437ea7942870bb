using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node;

/// <summary>A node that is short of memory: others are told by a condition, new work is kept off by a taint, and what runs goes by the rules (docs/adr/0034).</summary>
public sealed partial class NodeLoop
{
    private void Take(MemoryPressed e)
    {
        var before = _marks.Pressure.Level;
        if (e.Level != before)
        {
            _marks.Pressure = e;
            Obey();
            if (e.Level > before)
            {
                _teller.Tell(Severity.Warning, "MemoryPressure", _options.Node.Value, e.Level.ToString(), e.Text, isEvent: true);
            }
            else
            {
                _teller.Tell(Severity.Notice, "MemoryPressureOver", _options.Node.Value, e.Level.ToString(), e.Text, isEvent: true);
            }
        }

        if (e.IsToEvict || before == PressureLevel.Full)
        {
            _toCore.Enqueue(new MemoryShort(e.IsToEvict ? e.Text : ""));
        }
    }
}
