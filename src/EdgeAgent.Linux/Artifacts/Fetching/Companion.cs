using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Artifacts.Fetching;

/// <summary>The program that runs beside the fetcher, one at a time, and ends with it: curl, or what unpacks.</summary>
internal sealed class Companion
{
    private readonly Lock _gate = new();

    /// <summary>Zero: there is none.</summary>
    private int _pid;

    private bool _isOver;

    public void Began(int pid)
    {
        lock (_gate)
        {
            _pid = pid;
            Kill();
        }
    }

    public void Ended() => Began(0);

    /// <summary>Also whichever begins from now on.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            Kill();
        }
    }

    private void Kill()
    {
        if (_isOver && _pid > 0)
        {
            // It is a session of its own.
            _ = Libc.SendSignal(-_pid, Libc.Kill);
        }
    }
}
