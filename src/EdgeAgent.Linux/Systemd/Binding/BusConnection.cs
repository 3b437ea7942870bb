using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>A connection whose calls wait for their answer; signals that come meanwhile wait for <see cref="TryTake"/>. For one thread.</summary>
internal sealed unsafe class BusConnection : IDisposable
{
    private const ulong CallTimeoutMicroseconds = 10_000_000;

    private readonly BusHandle _bus;

    private BusConnection(BusHandle bus) => _bus = bus;

    public int Fd => SdBus.GetFd(_bus);

    /// <summary>Straight to a manager's own socket, with no bus daemon between.</summary>
    public static BusConnection ToSocket(string path)
    {
        Check(SdBus.New(out var bus), "a new bus");
        var handle = new BusHandle(bus);
        try
        {
            Check(SdBus.SetAddress(handle, $"unix:path={path}"), path);
            Check(SdBus.Start(handle), path);
            return new BusConnection(handle);
        }
        catch (BusException)
        {
            handle.Dispose();
            throw;
        }
    }

    public static BusConnection ToSystemBus()
    {
        Check(SdBus.OpenSystem(out var bus), "the system bus");
        return new BusConnection(new BusHandle(bus));
    }

    public static BusConnection ToUserBus()
    {
        Check(SdBus.OpenUser(out var bus), "the user's bus");
        return new BusConnection(new BusHandle(bus));
    }

    public BusMessage NewCall(string destination, string path, string contract, string member)
    {
        Check(SdBus.NewCall(_bus, out var message, destination, path, contract, member), "a new call");
        return new BusMessage(message);
    }

    /// <summary>The answer; an error answer is thrown.</summary>
    public BusMessage Call(BusMessage call, TimeSpan? patience = null)
    {
        var error = default(BusError);
        try
        {
            var result = SdBus.Call(_bus, call, patience is { } most ? (ulong)most.TotalMicroseconds : CallTimeoutMicroseconds, &error, out var reply);
            return result >= 0
                ? new BusMessage(reply)
                : throw new BusException(Text(error.Name), Text(error.Message), BusException.TellsOfLoss(result));
        }
        finally
        {
            SdBus.FreeError(&error);
        }
    }

    /// <summary>Does not wait for the answer: it is taken as any message, and <see cref="BusMessage.Answers"/> this number.</summary>
    public ulong Send(BusMessage call)
    {
        Check(SdBus.Send(_bus, call, out var cookie), "send");
        return cookie;
    }

    /// <summary>For poll(2): also whether something waits to be written.</summary>
    public short Events => (short)SdBus.GetEvents(_bus);

    /// <summary>Null where nothing waits that is for us; false where nothing waits at all.</summary>
    public bool TryTake(out BusMessage? message)
    {
        var result = SdBus.Process(_bus, out var taken);
        if (result < 0)
        {
            throw new BusException("", "the connection ended", isLost: true);
        }

        message = taken == 0 ? null : new BusMessage(taken);
        return result > 0;
    }

    public void Dispose() => _bus.Dispose();

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw BusException.Of(what, result);
        }
    }
}
