using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Runtimes.Binding;

/// <summary>The C library's calls that .NET has no own words for: spawning, process descriptors, inotify, poll.</summary>
internal static unsafe partial class Libc
{
    // The kernel's generic values; x86-64 and arm64 agree.
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenTruncate = 0x200;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const uint InotifyMovedTo = 0x80;
    public const short PollIn = 1;
    public const short SpawnSetSignalDefault = 0x04;
    public const short SpawnSetSignalMask = 0x08;
    public const short SpawnSetSession = 0x80;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int UserOne = 10;
    public const uint MemoryCloseOnExec = 1;
    public const int WaitNoHang = 1;

    // statx(2): the owner is the sixth word of its 256 bytes, the group the seventh, and the mode the lower half of the eighth.
    private const int AtCurrentFolder = -100;
    private const int StatxModeAt = 7;
    private const int StatxWords = 64;
    private const int StatxUserAt = 5;
    private const int StatxGroupAt = 6;
    private const int AtNoFollow = 0x100;
    private const uint StatxModeMask = 0xFFFF;
    private const int StatxLinksAt = 4;
    private const int StatxDeviceMajorAt = 34;
    private const int StatxDeviceMinorAt = 35;
    private const uint StatxTypeModeLinksAndOwners = 0x1F;

    // mmap(2).
    private const int ReadAccess = 1;
    private const int WriteAccess = 2;
    private const int SharedMapping = 1;

    private const long SyscallPidfdSendSignal = 424;
    private const long SyscallPidfdOpen = 434;

    private static readonly long SyscallBpf = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    public static int PidfdOpen(int pid) => (int)Syscall(SyscallPidfdOpen, pid, 0, 0, 0);

    /// <summary>bpf(2) has no function in the C library.</summary>
    public static int Bpf(int command, void* attributes, int size) => (int)Syscall(SyscallBpf, command, (nint)attributes, size, 0);

    /// <summary>Memory of the kernel's behind a descriptor.</summary>
    public static void* Map(Descriptor what, int length, int offset, bool isWritable)
    {
        var memory = MemoryMap(null, (nuint)length, ReadAccess | (isWritable ? WriteAccess : 0), SharedMapping, what.Fd, offset);
        return (nint)memory != -1 ? memory : throw new IOException($"mmap: {new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    public static void Unmap(void* memory, int length) => _ = MemoryUnmap(memory, (nuint)length);

    /// <summary>Never reaches another process, even if the number has been given again.</summary>
    public static int PidfdSendSignal(int pidfd, int signal) => (int)Syscall(SyscallPidfdSendSignal, pidfd, signal, 0, 0);

    /// <summary>What stands at a path, or at what it leads to; false: nothing that can be looked at.</summary>
    public static bool TryReadNode(string path, bool follow, out FileNode node)
    {
        Span<uint> answer = stackalloc uint[StatxWords];
        fixed (uint* buffer = answer)
        {
            var isThere = Statx(AtCurrentFolder, path, follow ? 0 : AtNoFollow, StatxTypeModeLinksAndOwners, buffer) == 0;
            node = isThere ? new FileNode(answer[StatxModeAt] & StatxModeMask, answer[StatxUserAt], answer[StatxGroupAt]) { Links = answer[StatxLinksAt], Device = ((ulong)answer[StatxDeviceMajorAt] << 32) | answer[StatxDeviceMinorAt] } : default;
            return isThere;
        }
    }

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    public static partial int LimitProcess(int pid, int resource, ulong* limits, ulong* before);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(int fd);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, uint* answer);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int InotifyAddWatch(int fd, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int InotifyRemoveWatch(int fd, int watch);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    public static partial int PosixSpawn(int* pid, byte* path, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int FileActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int FileActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    public static partial int FileActionsAddOpen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int FileActionsAddDuplicate(void* actions, int fd, int becomes);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int MemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int fd, long offset, int from);

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

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MemoryMap(void* at, nuint length, int access, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MemoryUnmap(void* memory, nuint length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long first, long second, long third, long fourth);
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    public int Fd;
    public short Events;
    public short Returned;
}

/// <summary>Of a file: its type and permissions as stat(2) has them, and whose it is.</summary>
internal readonly record struct FileNode(uint Mode, uint User, uint Group)
{
    private const uint Type = 0xF000;
    private const uint Link = 0xA000;
    private const uint RegularFile = 0x8000;
    private const uint Folder = 0x4000;
    private const uint SpecialModes = 0xE00;
    private const uint ExecuteModes = 0x49;
    private const uint CharacterDevice = 0x2000;
    private const uint BlockDevice = 0x6000;

    /// <summary>Its names.</summary>
    public uint Links { get; init; }

    /// <summary>Of the file system that it is in.</summary>
    public ulong Device { get; init; }

    public bool IsLink => (Mode & Type) == Link;

    public bool IsFile => (Mode & Type) == RegularFile;

    public bool IsFolder => (Mode & Type) == Folder;

    public bool IsProgram => (Mode & ExecuteModes) != 0;

    /// <summary>It is run as its owner or its group, whoever runs it.</summary>
    public bool IsSpecial => (Mode & SpecialModes) != 0;

    public bool IsDevice => (Mode & Type) is CharacterDevice or BlockDevice;
}
