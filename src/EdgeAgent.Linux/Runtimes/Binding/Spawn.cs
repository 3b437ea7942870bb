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
        using var log = new NativeText(errors);
        return Start(program, [argument], variable, actions =>
        {
            Check(Libc.FileActionsAddOpen((void*)actions, 0, Nothing, 0, 0), program);
            Check(Libc.FileActionsAddOpen((void*)actions, 1, Nothing, Libc.OpenWriteOnly, 0), program);
            Check(Libc.FileActionsAddOpen((void*)actions, 2, log.Bytes, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenTruncate, LogMode), program);
        });
    }

    /// <summary>The same with standard input and output of the caller's, and errors to /dev/null.</summary>
    public static int Start(string program, string argument, string variable, Descriptor input, Descriptor output) => Start(program, [argument], variable, actions =>
    {
        Check(Libc.FileActionsAddDuplicate((void*)actions, input.Fd, 0), program);
        Check(Libc.FileActionsAddDuplicate((void*)actions, output.Fd, 1), program);
        Check(Libc.FileActionsAddOpen((void*)actions, 2, Nothing, Libc.OpenWriteOnly, 0), program);
    });

    /// <summary>The same with output and errors into one, or with no errors.</summary>
    public static int Start(string program, IReadOnlyList<string> arguments, string variable, Descriptor output, bool mergesErrors = true) => Start(program, arguments, variable, actions =>
    {
        Check(Libc.FileActionsAddOpen((void*)actions, 0, Nothing, 0, 0), program);
        Check(Libc.FileActionsAddDuplicate((void*)actions, output.Fd, 1), program);
        Check(mergesErrors ? Libc.FileActionsAddDuplicate((void*)actions, output.Fd, 2) : Libc.FileActionsAddOpen((void*)actions, 2, Nothing, Libc.OpenWriteOnly, 0), program);
    });

    /// <summary>With standard input of the caller's, and output and errors into one.</summary>
    public static int Start(string program, IReadOnlyList<string> arguments, string variable, Descriptor input, Descriptor output) => Start(program, arguments, variable, actions =>
    {
        Check(Libc.FileActionsAddDuplicate((void*)actions, input.Fd, 0), program);
        Check(Libc.FileActionsAddDuplicate((void*)actions, output.Fd, 1), program);
        Check(Libc.FileActionsAddDuplicate((void*)actions, output.Fd, 2), program);
    });

    private static byte* Nothing
    {
        get
        {
            // A literal lies in the program's own data, which nothing moves.
            fixed (byte* path = "/dev/null\0"u8)
            {
                return path;
            }
        }
    }

    private static int Start(string program, IReadOnlyList<string> words, string variable, Action<nint> redirect)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        var signals = stackalloc byte[OpaqueBytes];
        var texts = words.Prepend(program).Select(w => new NativeText(w)).ToList();
        using var only = new NativeText(variable);
        Check(Libc.FileActionsInit(actions), program);
        Check(Libc.AttributesInit(attributes), program);
        try
        {
            redirect((nint)actions);
            _ = Libc.SignalsNone(signals);
            Check(Libc.AttributesSetSignalMask(attributes, signals), program);
            // .NET ignores SIGPIPE, and what is ignored stays so over exec.
            _ = Libc.SignalsAll(signals);
            Check(Libc.AttributesSetSignalDefault(attributes, signals), program);
            Check(Libc.AttributesSetFlags(attributes, Libc.SpawnSetSession | Libc.SpawnSetSignalMask | Libc.SpawnSetSignalDefault), program);
            int pid;
            var arguments = stackalloc byte*[texts.Count + 1];
            for (var i = 0; i < texts.Count; i++)
            {
                arguments[i] = texts[i].Bytes;
            }

            arguments[texts.Count] = null;
            var environment = stackalloc byte*[] { only.Bytes, null };
            Check(Libc.PosixSpawn(&pid, arguments[0], actions, attributes, arguments, environment), program);
            return pid;
        }
        finally
        {
            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
            texts.ForEach(t => t.Dispose());
        }
    }

    private static void Check(int error, string program)
    {
        if (error != 0)
        {
            throw new IOException($"{program} can't be started: {new Win32Exception(error).Message}");
        }
    }

    private readonly struct NativeText(string text) : IDisposable
    {
        private readonly nint _text = Marshal.StringToCoTaskMemUTF8(text);

        public byte* Bytes => (byte*)_text;

        public void Dispose() => Marshal.FreeCoTaskMem(_text);
    }
}
