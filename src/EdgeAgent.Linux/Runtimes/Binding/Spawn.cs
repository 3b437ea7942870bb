using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>
/// posix_spawn(3) in a session of its own. System.Diagnostics.Process has neither sessions nor output straight to a file, and reaps every child.
/// </summary>
internal static unsafe class Spawn
{
    // posix_spawn_file_actions_t has 80 bytes and posix_spawnattr_t 336 in glibc, sigset_t 128.
    private const int OpaqueBytes = 512;
    private const uint LogMode = 0x180;

    /// <summary>The pid; standard input and output are /dev/null, errors go to <paramref name="errors"/>. The environment is <paramref name="variable"/> alone. Throws <see cref="IOException"/>.</summary>
    public static int Start(string program, string argument, string variable, string errors)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var signals = stackalloc byte[OpaqueBytes];
        var strings = (byte*)Marshal.StringToCoTaskMemUTF8(program);
        var second = (byte*)Marshal.StringToCoTaskMemUTF8(argument);
        var only = (byte*)Marshal.StringToCoTaskMemUTF8(variable);
        var log = (byte*)Marshal.StringToCoTaskMemUTF8(errors);
        Check(Libc.FileActionsInit(actions), program);
        Check(Libc.AttributesInit(attributes), program);
        try
        {
            fixed (byte* none = "/dev/null\0"u8)
            {
                Check(Libc.FileActionsAddOpen(actions, 0, none, 0, 0), program);
                Check(Libc.FileActionsAddOpen(actions, 1, none, Libc.OpenWriteOnly, 0), program);
                Check(Libc.FileActionsAddOpen(actions, 2, log, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenTruncate, LogMode), program);
            }

            _ = Libc.SignalsNone(signals);
            Check(Libc.AttributesSetSignalMask(attributes, signals), program);
            // .NET ignores SIGPIPE, and what is ignored stays so over exec.
            _ = Libc.SignalsAll(signals);
            Check(Libc.AttributesSetSignalDefault(attributes, signals), program);
            Check(Libc.AttributesSetFlags(attributes, Libc.SpawnSetSession | Libc.SpawnSetSignalMask | Libc.SpawnSetSignalDefault), program);
            int pid;
            var arguments = stackalloc byte*[] { strings, second, null };
            var environment = stackalloc byte*[] { only, null };
            Check(Libc.PosixSpawn(&pid, strings, actions, attributes, arguments, environment), program);
            return pid;
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            Marshal.FreeCoTaskMem((nint)strings);
            Marshal.FreeCoTaskMem((nint)second);
            Marshal.FreeCoTaskMem((nint)only);
            Marshal.FreeCoTaskMem((nint)log);
        }
    }

    private static void Check(int error, string program)
    {
        if (error != 0)
        {
            throw new IOException($"{program} can't be started: {new Win32Exception(error).Message}");
        }
    }
}
