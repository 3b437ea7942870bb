using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>Looks at the machine's memory every few seconds, and tells the loop where that means something.</summary>
public sealed class MemoryWatch : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly MachineRoot _root;
    private readonly MemoryGauge _gauge;
    private readonly IInputSink _sink;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    public MemoryWatch(MachineRoot root, bool mayEvict, IInputSink sink, TimeProvider time)
    {
        (_root, _gauge, _sink, _time) = (root, new MemoryGauge(mayEvict), sink, time);
        _timer = time.CreateTimer(_ => Look(), null, TimeSpan.Zero, Every);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A look that takes long, as on a machine that is short of memory, isn't waited for by the next.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            if (_gauge.Take(MemoryReading.Read(_root), _time.GetElapsedTime(0)) is { } pressed)
            {
                _sink.Post(pressed);
            }
        }
        finally
        {
            _lock.Exit();
        }
    }
}
