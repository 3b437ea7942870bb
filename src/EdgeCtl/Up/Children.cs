using System.ComponentModel;
using System.Runtime.InteropServices;
using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up;

/// <summary>The programs that this one started, and how each ended.</summary>
internal sealed class Children : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, TaskCompletionSource<string>> _running = [];
    private readonly PosixSignalRegistration _signal;

    public Children()
    {
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());
    }

    /// <summary>Completes when it has ended, with how: <c>exited with 78</c>, <c>was ended by signal 9</c>.</summary>
    public Task<string> WatchAsync(int pid)
    {
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _running.Add(pid, ended);
        }

        // It may have ended before it was known here.
        Reap();
        return ended.Task;
    }

    public void Dispose() => _signal.Dispose();

    private void Reap()
    {
        lock (_lock)
        {
            foreach (var pid in _running.Keys.ToList())
            {
                if (HasEnded(pid, out var how))
                {
                    _running.Remove(pid, out var ended);
                    ended!.SetResult(how);
                }
            }
        }
    }

    private static unsafe bool HasEnded(int pid, out string how)
    {
        int status;
        var found = Libc.WaitPid(pid, &status, Libc.WaitNoHang);
        how = found < 0 ? $"is lost: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}"
            : (status & 0x7F) == 0 ? $"exited with {(status >> 8) & 0xFF}"
            : $"was ended by signal {status & 0x7F}";
        return found != 0;
    }
}
