using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>sd-daemon(3) of libsystemd.</summary>
internal static partial class SdDaemon
{
    /// <summary>Positive: sent; 0: nobody asked to be notified; negative: an errno.</summary>
    [LibraryImport(SdBus.Library, EntryPoint = "sd_notify", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Notify(int unsetEnvironment, string state);

    /// <summary>Positive: the watchdog wants to be fed within <paramref name="microseconds"/>.</summary>
    [LibraryImport(SdBus.Library, EntryPoint = "sd_watchdog_enabled")]
    public static partial int WatchdogEnabled(int unsetEnvironment, out ulong microseconds);
}
