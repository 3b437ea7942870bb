using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>
/// systemd-portabled (org.freedesktop.portable1(5)): makes the units of an image known to systemd, and unknown again. Reading an image takes its time, so each
/// call has a connection of its own, on a thread that isn't the runtime's.
/// </summary>
internal static class PortableImages
{
    private const string Destination = "org.freedesktop.portable1";
    private const string ObjectPath = "/org/freedesktop/portable1";
    private const string Activation = "/usr/share/dbus-1/system-services/org.freedesktop.portable1.service";

    /// <summary>It is the machine's alone: users' managers have none.</summary>
    public static bool IsAvailable => Environment.IsPrivilegedProcess && File.Exists(Activation);

    /// <param name="image">What is attached, until the next boot.</param>
    /// <param name="unit">Units of this name, and its instances, are made known.</param>
    /// <param name="whenDone">Called on another thread: what hindered it, for a person, or null.</param>
    public static void Attach(PortableImage image, string unit, Action<string?> whenDone) => Run(whenDone, $"the image {image.Path} can't be attached", bus =>
    {
        using var call = New(bus, SystemdContract.AttachImage).Append(image.Path).Append([StemOf(unit)]).Append(image.Profile).Append(true).Append("");
        using var reply = bus.Call(call);
    });

    /// <summary>As <see cref="Attach"/>.</summary>
    public static void Detach(string image, Action<string?> whenDone) => Run(whenDone, $"the image {image} can't be detached", bus =>
    {
        using var call = New(bus, SystemdContract.DetachImage).Append(image).Append(true);
        using var reply = bus.Call(call);
    });

    private static void Run(Action<string?> whenDone, string failure, Action<BusConnection> act) => ThreadPool.QueueUserWorkItem(_ =>
    {
        try
        {
            using var bus = BusConnection.ToSystemBus();
            act(bus);

            // The files are there or gone; only now does systemd look at them.
            using var call = bus.NewCall(SystemdNames.Destination, SystemdNames.ManagerPath, SystemdContract.Reload.Contract, SystemdContract.Reload.Name);
            using var reply = bus.Call(call);
            whenDone(null);
        }
        catch (BusException e)
        {
            whenDone($"{failure}: {e.Message}");
        }
    });

    private static BusMessage New(BusConnection bus, BusMethod method) => bus.NewCall(Destination, ObjectPath, method.Contract, method.Name);

    /// <summary><c>app@.service</c> and <c>app.service</c> are both <c>app</c>'s.</summary>
    private static string StemOf(string unit) => unit[..(unit.IndexOf('@', StringComparison.Ordinal) is var at and >= 0 ? at : unit.LastIndexOf('.'))];
}
