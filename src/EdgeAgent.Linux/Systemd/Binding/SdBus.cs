using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>
/// sd-bus(3) of libsystemd. Only functions without variable arguments, so no C of our own stands between. The library is looked for
/// at the first call: an agent on a device without it starts, and finds that this runtime isn't available.
/// </summary>
internal static unsafe partial class SdBus
{
    public const string Library = "libsystemd.so.0";

    [LibraryImport(Library, EntryPoint = "sd_bus_new")]
    public static partial int New(out nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_set_address", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetAddress(BusHandle bus, string address);

    [LibraryImport(Library, EntryPoint = "sd_bus_start")]
    public static partial int Start(BusHandle bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_open_system")]
    public static partial int OpenSystem(out nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_open_user")]
    public static partial int OpenUser(out nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_flush_close_unref")]
    public static partial nint FlushCloseUnref(nint bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_get_fd")]
    public static partial int GetFd(BusHandle bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_process")]
    public static partial int Process(BusHandle bus, out nint message);

    [LibraryImport(Library, EntryPoint = "sd_bus_call")]
    public static partial int Call(BusHandle bus, BusMessage call, ulong timeoutMicroseconds, BusError* error, out nint reply);

    [LibraryImport(Library, EntryPoint = "sd_bus_send")]
    public static partial int Send(BusHandle bus, BusMessage message, out ulong cookie);

    [LibraryImport(Library, EntryPoint = "sd_bus_get_events")]
    public static partial int GetEvents(BusHandle bus);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_reply_cookie")]
    public static partial int GetReplyCookie(BusMessage message, out ulong cookie);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_error")]
    public static partial BusError* GetError(BusMessage message);

    [LibraryImport(Library, EntryPoint = "sd_bus_error_free")]
    public static partial void FreeError(BusError* error);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_new_method_call", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int NewCall(BusHandle bus, out nint message, string destination, string path, string contract, string member);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_unref")]
    public static partial nint Unref(nint message);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_path")]
    public static partial byte* GetPath(BusMessage message);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_get_member")]
    public static partial byte* GetMember(BusMessage message);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_append_array")]
    public static partial int AppendArray(BusMessage message, byte type, byte* values, nuint bytes);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_append_basic")]
    public static partial int Append(BusMessage message, byte type, void* value);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_append_basic", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Append(BusMessage message, byte type, string value);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_open_container", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(BusMessage message, byte type, string contents);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_close_container")]
    public static partial int Close(BusMessage message);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_read_basic")]
    public static partial int Read(BusMessage message, byte type, void* value);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_enter_container", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Enter(BusMessage message, byte type, string contents);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_exit_container")]
    public static partial int Exit(BusMessage message);

    [LibraryImport(Library, EntryPoint = "sd_bus_message_skip", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Skip(BusMessage message, string types);
}

/// <summary><c>sd_bus_error</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BusError
{
    public byte* Name;
    public byte* Message;
    public int NeedsFree;
}
