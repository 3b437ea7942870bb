using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>A connection of sd-bus. Not safe to use from several threads (sd-bus(3)).</summary>
internal sealed class BusHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public BusHandle(nint bus)
        : base(ownsHandle: true) => SetHandle(bus);

    protected override bool ReleaseHandle()
    {
        _ = SdBus.FlushCloseUnref(handle);
        return true;
    }
}
