using System.ComponentModel;
using System.Runtime.InteropServices;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Inspection.Binding;

/// <summary>Asks the kernel for its sockets (netlink(7), sock_diag(7)).</summary>
internal static unsafe partial class Netlink
{
    private const int FamilyNetlink = 16;
    private const int RawCloseOnExec = 3 | Libc.CloseOnExec;
    private const int ProtocolSockDiag = 4;
    private const int AnswerMsMax = 2000;

    // The kernel fills at most this much at once (netlink(7) advises 8 KiB at least; a dump takes up to 32).
    private const int AnswerBytesMax = 64 * 1024;

    /// <summary>Sends one request for a dump, and gives each datagram of the answer to <paramref name="take"/> until that says that it was the last.</summary>
    public static void Dump(ReadOnlySpan<byte> request, Func<ReadOnlyMemory<byte>, bool> take)
    {
        var fd = Socket(FamilyNetlink, RawCloseOnExec, ProtocolSockDiag);
        Check(fd, "a netlink socket");
        try
        {
            fixed (byte* bytes = request)
            {
                // What is written to an unconnected netlink socket goes to the kernel.
                Check(Libc.Write(fd, bytes, (nuint)request.Length), "asking the kernel for its sockets");
            }

            var answer = new byte[AnswerBytesMax];
            var isOver = false;
            while (!isOver)
            {
                var poll = new PollFd { Fd = fd, Events = Libc.PollIn };
                if (Libc.Poll(&poll, 1, AnswerMsMax) <= 0)
                {
                    throw new IOException("the kernel does not tell its sockets");
                }

                nint count;
                fixed (byte* bytes = answer)
                {
                    count = Libc.Read(fd, bytes, (nuint)answer.Length);
                }

                Check(count, "reading the kernel's sockets");
                isOver = take(answer.AsMemory(0, (int)count));
            }
        }
        finally
        {
            _ = Libc.Close(fd);
        }
    }

    private static void Check(nint result, string what)
    {
        if (result < 0)
        {
            throw new IOException($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);
}
