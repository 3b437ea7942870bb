using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeCtl.Up.Binding;

/// <summary>
/// Starts a program in a session of its own (posix_spawn(3) with POSIX_SPAWN_SETSID), so that a Ctrl-C at the terminal and the end of this program don't reach it.
/// System.Diagnostics.Process has neither sessions nor output straight to a file.
/// </summary>
internal static unsafe class Spawn
{
    // posix_spawn_file_actions_t has 80 bytes and posix_spawnattr_t 336 in glibc, sigset_t 128.
    private const int OpaqueBytes = 512;
    private const uint LogMode = 0x180;

    /// <summary>
    /// Returns the pid. Standard input is /dev/null; both outputs go to the end of <paramref name="log"/>, but standard output to <paramref name="output"/> where that isn't
    /// null. Throws <see cref="UpException"/> where it can't be started.
    /// </summary>
    public static int Start(string program, IReadOnlyList<string> arguments, string log, SafeHandle? output)
    {
        var actions = stackalloc byte[OpaqueBytes];
        var attributes = stackalloc byte[OpaqueBytes];
        using var strings = new NativeStrings();
        Check(Libc.FileActionsInit(actions), program);
        Check(Libc.AttributesInit(attributes), program);
        var held = false;
        try
        {
            Check(Libc.FileActionsAddOpen(actions, 0, strings.Add("/dev/null"), 0, 0), program);
            Check(Libc.FileActionsAddOpen(actions, 2, strings.Add(log), Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenAppend, LogMode), program);
            if (output is null)
            {
                Check(Libc.FileActionsAddDup2(actions, 2, 1), program);
            }
            else
            {
                output.DangerousAddRef(ref held);
                Check(Libc.FileActionsAddDup2(actions, (int)output.DangerousGetHandle(), 1), program);
            }

            SetSignals(attributes, program);
            int pid;
            Check(Libc.PosixSpawn(&pid, strings.Add(program), actions, attributes, strings.AddAll([program, .. arguments]), strings.AddAll(Variables())), program);
            return pid;
        }
        finally
        {
            if (held)
            {
                output!.DangerousRelease();
            }

            _ = Libc.FileActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
        }
    }

    // .NET ignores SIGPIPE, and what is ignored stays so over exec.
    private static void SetSignals(byte* attributes, string program)
    {
        var signals = stackalloc byte[OpaqueBytes];
        Check(Libc.SignalsNone(signals), program);
        Check(Libc.AttributesSetSignalMask(attributes, signals), program);
        Check(Libc.SignalsAll(signals), program);
        Check(Libc.AttributesSetSignalDefault(attributes, signals), program);
        Check(Libc.AttributesSetFlags(attributes, Libc.SpawnSetSession | Libc.SpawnSetSignalMask | Libc.SpawnSetSignalDefault), program);
    }

    private static List<string> Variables()
    {
        var variables = new List<string>();
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables.Add($"{entry.Key}={entry.Value}");
        }

        return variables;
    }

    private static void Check(int error, string program)
    {
        if (error != 0)
        {
            throw new UpException($"{program} can't be started: {new Win32Exception(error).Message}");
        }
    }

    /// <summary>C strings that live until the call is over.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly List<nint> _blocks = [];

        public byte* Add(string text)
        {
            var block = Marshal.StringToCoTaskMemUTF8(text);
            _blocks.Add(block);
            return (byte*)block;
        }

        public byte** AddAll(List<string> texts)
        {
            var list = Marshal.AllocCoTaskMem((texts.Count + 1) * sizeof(byte*));
            _blocks.Add(list);
            for (var i = 0; i < texts.Count; i++)
            {
                ((byte**)list)[i] = Add(texts[i]);
            }

            ((byte**)list)[texts.Count] = null;
            return (byte**)list;
        }

        public void Dispose()
        {
            foreach (var block in _blocks)
            {
                Marshal.FreeCoTaskMem(block);
            }
        }
    }
}
