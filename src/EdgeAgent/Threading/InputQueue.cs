using EdgeAgent.Node;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Threading;

/// <summary>
/// The loop's one queue: many adapters put in, one loop takes out, in one order. Completions always find a place, since the loop
/// bounds them by what it submits; strangers' messages only while fewer than <paramref name="limit"/> inputs wait.
/// </summary>
public sealed class InputQueue(int limit = NodeLimits.InputQueueMax) : IInputSink
{
    // A Monitor and not a Channel: its waiting is a thread's, so an idle agent needs neither thread pool nor timers.
    private readonly object _gate = new();
    private readonly Queue<NodeInput> _inputs = new();
    private bool _takerWaits;
    private int _patient;
    private long _refused;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _inputs.Count;
            }
        }
    }

    /// <summary>How often a stranger's message had to wait outside.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public void Post(NodeInput input)
    {
        lock (_gate)
        {
            Put(input);
        }
    }

    public bool TryPost(NodeInput input)
    {
        lock (_gate)
        {
            if (_inputs.Count >= limit)
            {
                _refused++;
                return false;
            }

            Put(input);
            return true;
        }
    }

    public void WaitForRoom(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_inputs.Count >= limit)
            {
                _patient++;
                Monitor.Wait(_gate, patience);
                _patient--;
            }
        }
    }

    /// <summary>
    /// Moves all that waits into <paramref name="inputs"/>, oldest first; where there is nothing it waits for the first, at most
    /// <paramref name="patience"/>. For the loop's thread alone.
    /// </summary>
    public int Take(ICollection<NodeInput> inputs, TimeSpan patience)
    {
        lock (_gate)
        {
            if (_inputs.Count == 0 && patience > TimeSpan.Zero)
            {
                _takerWaits = true;
                Monitor.Wait(_gate, patience);
                _takerWaits = false;
            }

            var count = _inputs.Count;
            while (_inputs.TryDequeue(out var input))
            {
                inputs.Add(input);
            }

            if (_patient > 0)
            {
                Monitor.PulseAll(_gate);
            }

            return count;
        }
    }

    private void Put(NodeInput input)
    {
        _inputs.Enqueue(input);
        if (_takerWaits)
        {
            // All, because a waiter for room would swallow the one pulse.
            Monitor.PulseAll(_gate);
        }
    }
}
