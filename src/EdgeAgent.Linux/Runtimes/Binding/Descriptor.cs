using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>A file descriptor of the kernel's that is no file of the disk's: a process, an inotify queue, an event counter, a pipe's end, memory.</summary>
internal sealed class Descriptor : SafeHandleMinusOneIsInvalid
{
    private Descriptor(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    public int Fd => (int)handle;

    /// <summary>One that the kernel has given, its own from now on.</summary>
    public static Descriptor Of(int fd) => new(fd);

    /// <summary>Null where there is no such process.</summary>
    public static Descriptor? OfProcess(int pid)
    {
        var fd = Libc.PidfdOpen(pid);
        return fd < 0 ? null : new Descriptor(fd);
    }

    public static Descriptor OfInotify() => Made(Libc.InotifyInit(Libc.CloseOnExec | Libc.NonBlocking), "inotify");

    public static Descriptor OfEvents() => Made(Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking), "eventfd");

    /// <summary>A file of the kernel's that is to be read when poll(2) says so; null where it isn't there.</summary>
    public static Descriptor? OfFile(string path)
    {
        var fd = Libc.Open(path, Libc.CloseOnExec | Libc.NonBlocking, 0);
        return fd < 0 ? null : new Descriptor(fd);
    }

    /// <summary>What is written into the one end is read from the other.</summary>
    public static unsafe (Descriptor Read, Descriptor Write) OfPipe()
    {
        var ends = stackalloc int[2];
        return Libc.Pipe(ends, Libc.CloseOnExec) == 0 ? (new Descriptor(ends[0]), new Descriptor(ends[1])) : throw new IOException($"pipe: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    /// <summary>A file in memory with these bytes, to be read from its begin.</summary>
    public static Descriptor OfMemory(ReadOnlySpan<byte> bytes)
    {
        var file = Made(Libc.MemoryFile("check", Libc.MemoryCloseOnExec), "memfd_create");
        if (!file.Write(bytes))
        {
            throw new IOException($"memfd: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }

        _ = Libc.Seek(file.Fd, 0, 0);
        return file;
    }

    /// <summary>Whether a read wouldn't wait: something is there, or the other end is closed.</summary>
    public bool IsReadable() => IsReadable(TimeSpan.Zero);

    /// <summary>Whether something is there, or the other end is closed, before so much time is over.</summary>
    public unsafe bool IsReadable(TimeSpan atMost)
    {
        var fd = new PollFd { Fd = Fd, Events = Libc.PollIn };
        return Libc.Poll(&fd, 1, (int)atMost.TotalMilliseconds) > 0;
    }

    /// <summary>All of it, or what the other end still takes.</summary>
    public unsafe bool Write(ReadOnlySpan<byte> text)
    {
        fixed (byte* bytes = text)
        {
            for (var written = 0; written < text.Length;)
            {
                var count = Libc.Write(Fd, bytes + written, (nuint)(text.Length - written));
                if (count <= 0)
                {
                    return false;
                }

                written += (int)count;
            }
        }

        return true;
    }

    /// <summary>How many bytes came; 0 at the end.</summary>
    public unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return (int)Math.Max(0, Libc.Read(Fd, bytes, (nuint)buffer.Length));
        }
    }

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
