using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>
/// A program of the device that is run to its end, and what it said. It may use 512 MiB of memory at most, and is what the kernel ends first where there is too little: not its agent, nor the work.
/// For threads that may wait.
/// </summary>
internal static unsafe class ChildProgram
{
    private const int OutputBytesMax = 16 * 1024;
    private const int ExitShift = 8;
    private const int ExitMask = 0xFF;
    private const int SignalMask = 0x7F;
    private const int SignalExit = 128;
    private const int Interrupted = 4;
    private const int AddressSpace = 9;
    private const ulong MemoryMax = 512UL << 20;
    private const string FirstToGo = "1000";

    /// <summary>Its exit code, where a signal ended it 128 and more, and its output with its errors. Ended with all that it started where it takes longer. Throws <see cref="IOException"/>.</summary>
    public static (int Exit, string Output) Run(string program, IReadOnlyList<string> arguments, TimeSpan atMost)
    {
        var (read, write) = Descriptor.OfPipe();
        using var output = read;
        int pid;
        using (write)
        {
            pid = Spawn.Start(program, arguments, "LC_ALL=C", write);
        }

        Bound(pid);
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        var text = ReadAll(output, until, out var isLate);
        if (isLate)
        {
            // It is a session of its own.
            _ = Libc.SendSignal(-pid, Libc.Kill);
            text = $"{text} (it took longer than {atMost.TotalSeconds} s, and was ended)";
        }

        return (Wait(pid), text);
    }

    private static void Bound(int pid)
    {
        var limits = stackalloc ulong[] { MemoryMax, MemoryMax };
        _ = Libc.LimitProcess(pid, AddressSpace, limits, null);
        try
        {
            File.WriteAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/oom_score_adj"), FirstToGo);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended already.
        }
    }

    /// <summary>To the end of what it says, which comes when it and all that it started have ended. What is beyond the most is read and forgotten, so that it can end.</summary>
    private static string ReadAll(Descriptor output, long until, out bool isLate)
    {
        var buffer = new byte[OutputBytesMax];
        var length = 0;
        Span<byte> rest = stackalloc byte[1024];
        for (isLate = false; !isLate;)
        {
            var fd = new PollFd { Fd = output.Fd, Events = Libc.PollIn };
            var ready = Libc.Poll(&fd, 1, (int)Math.Clamp(until - Environment.TickCount64, 0, int.MaxValue));
            isLate = ready == 0;
            if (ready <= 0)
            {
                // Interrupted, or late.
                continue;
            }

            var count = output.Read(length < buffer.Length ? buffer.AsSpan(length) : rest);
            if (count == 0)
            {
                break;
            }

            length = Math.Min(buffer.Length, length + count);
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>Its exit code, where a signal ended it 128 and more.</summary>
    internal static int Wait(int pid)
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
