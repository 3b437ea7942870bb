using System.Diagnostics.CodeAnalysis;
using System.Text;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>Hears from the journal what the kernel denies by profiles of work. On a thread of its own, which begins with the first profile.</summary>
internal sealed class DenialWatch : IDisposable
{
    private const int LineBytesMax = 8 * 1024;
    private const string AppArmorType = "1400";
    private const int AgainMs = 10_000;

    private const int InMinuteMax = 256;

    private readonly OnceAMinute<(string, Denial)> _passed = new(InMinuteMax);

    private readonly Action<AuditRecord> _hear;
    private readonly Descriptor _end = Descriptor.OfEvents();
    private readonly Thread _thread;
    private DateTimeOffset _from = DateTimeOffset.UtcNow;

    public DenialWatch(Action<AuditRecord> hear)
    {
        _hear = hear;
        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "denials" };
        _thread.Start();
    }

    public void Dispose()
    {
        _end.Raise();
        _thread.Join();
        _end.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            try
            {
                Read();
                return;
            }
            catch (IOException)
            {
                // The journal's files went away under it: begun anew from what comes then, at a pace that does no harm.
                if (WaitForEnd())
                {
                    return;
                }

                _from = DateTimeOffset.UtcNow;
            }
        }
    }

    private unsafe bool WaitForEnd()
    {
        var fd = new PollFd { Fd = _end.Fd, Events = Libc.PollIn };
        return Libc.Poll(&fd, 1, AgainMs) > 0;
    }

    private void Read()
    {
        using var journal = new JournalReader(isSystem: true, LineBytesMax);
        journal.Watch();

        // journald has it from the audit's socket, or, where that is closed to it, from the kernel's log, into which others than the kernel can write under other names.
        journal.Match("_TRANSPORT", "audit");
        journal.Match("_AUDIT_TYPE", AppArmorType);
        journal.Or();
        journal.Match("_TRANSPORT", "kernel");
        journal.Match("SYSLOG_IDENTIFIER", "kernel");
        journal.Seek(_from);
        while (!_end.IsReadable())
        {
            while (!_end.IsReadable() && journal.TryNext())
            {
                if (TryParse(journal, out var record) && _passed.IsNew((record.Profile, record.Denial)))
                {
                    _hear(record);
                }
            }

            journal.Wait(_end);
            _ = journal.TakeChanges();
        }
    }

    private static bool TryParse(JournalReader journal, [NotNullWhen(true)] out AuditRecord? record)
    {
        record = null;
        if (!journal.TryRead("MESSAGE"u8, out var message) || message.IndexOf("apparmor="u8) < 0)
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(message);
        return AuditRecord.TryParse(text, isOfLog: !journal.TryRead("_AUDIT_TYPE"u8, out _), out record);
    }
}
