using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>A program of the device that is run to its end, and what it said. For threads that may wait.</summary>
internal static class ChildProgram
{
    private const int OutputBytesMax = 16 * 1024;
    private const int ExitShift = 8;
    private const int ExitMask = 0xFF;
    private const int SignalMask = 0x7F;
    private const int SignalExit = 128;
    private const int Interrupted = 4;

    /// <summary>Its exit code, where a signal ended it 128 and more, and its output with its errors. Ended where it takes longer. Throws <see cref="IOException"/>.</summary>
    public static (int Exit, string Output) Run(string program, IReadOnlyList<string> arguments, TimeSpan atMost)
    {
        var (read, write) = Descriptor.OfPipe();
        using var output = read;
        int pid;
        using (write)
        {
            pid = Spawn.Start(program, arguments, "LC_ALL=C", write);
        }

        var text = ReadAll(output, pid, atMost);
        return (Wait(pid), text);
    }

    /// <summary>To the end of what it says, which is its own end: what it might have started holds the pipe, too.</summary>
    private static unsafe string ReadAll(Descriptor output, int pid, TimeSpan atMost)
    {
        var buffer = new byte[OutputBytesMax];
        var length = 0;
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        Span<byte> rest = stackalloc byte[1024];
        while (true)
        {
            var fd = new PollFd { Fd = output.Fd, Events = Libc.PollIn };
            if (Libc.Poll(&fd, 1, (int)Math.Clamp(until - Environment.TickCount64, 0, int.MaxValue)) == 0)
            {
                using var process = Descriptor.OfProcess(pid);
                process?.Signal(Libc.Kill);
                return $"{Text(buffer, length)} (it took longer than {atMost.TotalSeconds} s, and was ended)";
            }

            // What is beyond the most is read and forgotten, so that it can end.
            var count = output.Read(length < buffer.Length ? buffer.AsSpan(length) : rest);
            if (count == 0)
            {
                return Text(buffer, length);
            }

            length = Math.Min(buffer.Length, length + count);
        }

        static string Text(byte[] bytes, int length) => Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static unsafe int Wait(int pid)
    {
        int status;
        while (Libc.WaitPid(pid, &status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                return -1;
            }
        }

        return (status & SignalMask) == 0 ? (status >> ExitShift) & ExitMask : SignalExit + (status & SignalMask);
    }

}
