using EdgeCtl.Up.Binding;
using Microsoft.Win32.SafeHandles;

namespace EdgeCtl.Up;

/// <summary>
/// One process of this machine, held by a descriptor (pidfd_open(2)): a signal reaches it or nobody, even if its number has been given to another since.
/// </summary>
internal sealed class LiveProcess : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(500);

    private readonly SafeFileHandle _descriptor;
    private readonly long _startTime;

    private LiveProcess(int pid, long startTime, SafeFileHandle descriptor)
    {
        Pid = pid;
        _startTime = startTime;
        _descriptor = descriptor;
    }

    public int Pid { get; }

    public bool IsAlive => ProcFile.StartTime(Pid) == _startTime;

    /// <summary>Null where there is none or <paramref name="isIt"/> says that it is another one; it is asked while the descriptor is held.</summary>
    public static LiveProcess? Find(int pid, Func<int, bool> isIt)
    {
        var fd = Libc.PidfdOpen(pid);
        if (fd < 0)
        {
            return null;
        }

        var descriptor = new SafeFileHandle(fd, ownsHandle: true);
        if (ProcFile.StartTime(pid) is { } startTime && isIt(pid))
        {
            return new(pid, startTime, descriptor);
        }

        descriptor.Dispose();
        return null;
    }

    public static IReadOnlyList<LiveProcess> FindAll(Func<int, bool> isIt) =>
        [.. ProcFile.All().Where(pid => pid != Environment.ProcessId && isIt(pid)).Select(pid => Find(pid, isIt)).OfType<LiveProcess>()];

    public void Signal(int signal) => _ = Libc.PidfdSendSignal((int)_descriptor.DangerousGetHandle(), signal);

    /// <summary>Whether it has ended within <paramref name="patience"/>.</summary>
    public async Task<bool> HasEndedAsync(TimeSpan patience)
    {
        for (var waited = TimeSpan.Zero; IsAlive; waited += Pause)
        {
            if (waited >= patience)
            {
                return false;
            }

            await Task.Delay(Pause).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Completes when it has ended, with as much as one who isn't its parent can say. It needs no descriptor, and may outlive this.</summary>
    public async Task<string> EndAsync()
    {
        while (IsAlive)
        {
            await Task.Delay(WatchPause).ConfigureAwait(false);
        }

        return "ended";
    }

    public void Dispose() => _descriptor.Dispose();
}
