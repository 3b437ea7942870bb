using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>An open journal.</summary>
internal sealed class JournalHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public JournalHandle(nint journal)
        : base(ownsHandle: true) => SetHandle(journal);

    protected override bool ReleaseHandle()
    {
        SdJournal.Close(handle);
        return true;
    }
}
