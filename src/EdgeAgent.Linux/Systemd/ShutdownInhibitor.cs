using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// While work is being changed a shutdown or a suspend waits for it: a lock of logind's (mode <c>delay</c>, so that it waits as long as logind lets anybody hold
/// it off, five seconds unless configured, and no longer). Changes that are short take none, and those that follow each other share one; whoever changes
/// work doesn't wait for it.
/// </summary>
/// <param name="inner">Is told everything, first.</param>
/// <param name="take">Takes a lock with this reason, until it is disposed of. Throws <see cref="IOException"/> where it can't be had.</param>
/// <param name="time">For the pauses.</param>
/// <param name="tell">Is told once, for a person, where no lock can be had.</param>
public sealed class ShutdownInhibitor(ISupervisor inner, Func<string, IDisposable> take, TimeProvider time, Action<string> tell) : ISupervisor, IDisposable
{
    /// <summary>A change has to last this long, and a lock lasts this long beyond the last of them.</summary>
    public static readonly TimeSpan HoldOff = TimeSpan.FromMilliseconds(300);

    /// <summary>Where none could be had, none is asked for before this has passed.</summary>
    public static readonly TimeSpan TryAgainAfter = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private ITimer? _timer;
    private IDisposable? _lock;
    private string _changing = "";
    private long? _failedAt;
    private bool _isDue;
    private bool _isEnded;

    /// <summary><paramref name="inner"/> with locks of this machine's logind; by itself where systemd isn't the first process.</summary>
    public static ISupervisor OfMachine(ISupervisor inner, TimeProvider time, Action<string> tell) =>
        Directory.Exists(SystemdNames.Booted) ? new ShutdownInhibitor(inner, Inhibit, time, tell) : inner;

    public void Turned(in AgentState state)
    {
        inner.Turned(state);

        // Turns are many, and changes are few.
        if (ReferenceEquals(state.Changing, _changing))
        {
            return;
        }

        lock (_gate)
        {
            _changing = state.Changing;
            Arm();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            _timer?.Dispose();
            _lock?.Dispose();
            _lock = null;
        }
    }

    private bool IsWanted => _changing.Length > 0 && !(_failedAt is { } at && time.GetElapsedTime(at) < TryAgainAfter);

    /// <summary>A look at it after a while, where what is held isn't what is wanted.</summary>
    private void Arm()
    {
        if (!_isEnded && !_isDue && IsWanted != (_lock is not null))
        {
            _isDue = true;
            _timer ??= time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(HoldOff, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        string why;
        lock (_gate)
        {
            _isDue = false;
            if (!IsWanted || _lock is not null)
            {
                if (!IsWanted)
                {
                    _lock?.Dispose();
                    _lock = null;
                }

                return;
            }

            // Until it is there or isn't, no other look is due: the gate isn't held while a bus is asked.
            (why, _isDue) = (_changing, true);
        }

        var (taken, hindrance) = Take(why);
        lock (_gate)
        {
            (_isDue, _lock) = (false, taken);
            if (_isEnded)
            {
                _lock?.Dispose();
            }

            var isFirst = hindrance is not null && _failedAt is null;
            _failedAt = hindrance is null ? null : time.GetTimestamp();
            Arm();
            hindrance = isFirst ? hindrance : null;
        }

        if (hindrance is not null)
        {
            tell(hindrance);
        }
    }

    private (IDisposable? Lock, string? Hindrance) Take(string why)
    {
        try
        {
            return (take(why), null);
        }
        catch (IOException e)
        {
            return (null, e.Message);
        }
    }

    private static BusMessage Inhibit(string why)
    {
        try
        {
            using var bus = BusConnection.ToSystemBus();
            return new LoginManager(bus).Inhibit(new Inhibitor("shutdown:sleep", "edgeagent", why, "delay"));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new IOException($"{SdBus.Library} is missing or too old", e);
        }
    }
}
