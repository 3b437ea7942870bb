using System.Runtime.InteropServices;

namespace EdgeCtl.Up.Binding;

/// <summary>The C library's calls that .NET has no own words for: sessions, process descriptors, folders.</summary>
internal static unsafe partial class Libc
{
    // The kernel's generic values; x86-64 and arm64 agree in all but O_DIRECTORY.
    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenAppend = 0x400;
    public const int OpenCloseOnExec = 0x80000;

    public const short SpawnSetSignalDefault = 0x04;
    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSession = 0x80;

    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    public const int NoSuchProcess = 3;
    public const int WaitNoHang = 1;

    private const long SyscallPidfdSendSignal = 424;
    private const long SyscallPidfdOpen = 434;

    public static int OpenDirectory => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>pidfd_open(2): -1 with the error where there is no such process.</summary>
    public static int PidfdOpen(int pid) => (int)Syscall(SyscallPidfdOpen, pid, 0, 0, 0);

    /// <summary>pidfd_send_signal(2): never reaches another process, even if the number has been given again.</summary>
    public static int PidfdSendSignal(int pidfd, int signal) => (int)Syscall(SyscallPidfdSendSignal, pidfd, signal, 0, 0);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int fd);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int FileActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int FileActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int FileActionsAddDup2(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int FileActionsAddOpen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetSignalMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetSignalDefault(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    public static partial int SignalsNone(void* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    public static partial int SignalsAll(void* signals);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long first, long second, long third, long fourth);
}
