using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>A file descriptor of the kernel's that is no file: a process, an inotify queue, an event counter.</summary>
internal sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    private Descriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    public int Fd => (int)handle;

    /// <summary>Null where there is no such process.</summary>
    public static Descriptor? OfProcess(int pid)
    {
        var fd = Libc.PidfdOpen(pid);
        return fd < 0 ? null : new Descriptor(fd);
    }

    public static Descriptor OfInotify() => Made(Libc.InotifyInit(Libc.CloseOnExec | Libc.NonBlocking), "inotify");

    public static Descriptor OfEvents() => Made(Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking), "eventfd");

    /// <summary>False where the process has ended.</summary>
    public bool Signal(int signal) => Libc.PidfdSendSignal(Fd, signal) == 0;

    public unsafe void Raise()
    {
        ulong one = 1;
        _ = Libc.Write(Fd, &one, sizeof(ulong));
    }

    /// <summary>Empties an event counter.</summary>
    public unsafe void Lower()
    {
        ulong count;
        _ = Libc.Read(Fd, &count, sizeof(ulong));
    }

    protected override bool ReleaseHandle() => Libc.Close(Fd) == 0;

    private static Descriptor Made(int fd, string what) =>
        fd >= 0 ? new Descriptor(fd) : throw new IOException($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
}
