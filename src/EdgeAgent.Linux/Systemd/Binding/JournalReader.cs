using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>Entries of the journal that match, in their order. For one thread; rotated and vacuumed files are the library's business.</summary>
internal sealed unsafe class JournalReader : IDisposable
{
    private const int Beyond = 7;
    private const int NoSuchField = 2;
    private const int BadMessage = 74;
    private const int OfAnotherBoot = 116;
    private const int FilesChanged = 2;
    private const int LookAgainMs = 10_000;

    private readonly JournalHandle _journal;
    private bool _isAtNext;

    /// <param name="isSystem">The machine's journal, not the user's own.</param>
    /// <param name="bytesMax">What of a field is given at most.</param>
    public JournalReader(bool isSystem, int bytesMax)
    {
        Check(SdJournal.Open(out var journal, isSystem ? SdJournal.OfSystem : SdJournal.OfUser), "the journal can't be opened");
        _journal = new JournalHandle(journal);
        Check(SdJournal.SetDataThreshold(_journal, (nuint)bytesMax), "a journal's threshold");
    }

    /// <summary>Of the current entry.</summary>
    public DateTimeOffset At
    {
        get
        {
            Check(SdJournal.GetRealtime(_journal, out var microseconds), "an entry's time");
            return DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
        }
    }

    /// <summary>Of the current entry.</summary>
    public JournalSpot Spot
    {
        get
        {
            var cursor = Cursor;
            return new(cursor, JournalPlace.Of(cursor), AtSinceBoot);
        }
    }

    /// <summary>The current entry's place in the journal (sd_journal_get_cursor(3)).</summary>
    public string Cursor
    {
        get
        {
            Check(SdJournal.GetCursor(_journal, out var text), "an entry's cursor");
            try
            {
                return Marshal.PtrToStringUTF8((nint)text)!;
            }
            finally
            {
                NativeMemory.Free(text);
            }
        }
    }

    /// <summary>When the current entry came, on the clock of this boot; zero for one of an earlier boot.</summary>
    private TimeSpan AtSinceBoot
    {
        get
        {
            var result = SdJournal.GetMonotonic(_journal, out var microseconds, 0);
            if (result == -OfAnotherBoot)
            {
                return TimeSpan.Zero;
            }

            Check(result, "an entry's time");
            return TimeSpan.FromMicroseconds(microseconds);
        }
    }

    /// <summary>What is matched from here on is another way to be chosen than what was matched before.</summary>
    public void Or() => Check(SdJournal.AddDisjunction(_journal), "a journal's match");

    /// <summary>From now on only entries with this; for several of the same field any of them is enough.</summary>
    public void Match(string field, string value)
    {
        var match = Encoding.UTF8.GetBytes($"{field}={value}");
        fixed (byte* bytes = match)
        {
            Check(SdJournal.AddMatch(_journal, bytes, (nuint)match.Length), "a journal's match");
        }
    }

    public void SeekHead() => Check(SdJournal.SeekHead(_journal), "the journal's first entry");

    /// <summary>Behind the last entry: <see cref="TryPrevious"/> then gives it.</summary>
    public void SeekTail() => Check(SdJournal.SeekTail(_journal), "the journal's last entry");

    /// <summary>Where a clock that never was set back stood at that time.</summary>
    public void Seek(DateTimeOffset time) =>
        Check(SdJournal.SeekRealtime(_journal, (ulong)Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)), "the journal's entries of that time");

    /// <summary>
    /// Behind the entry that had this cursor. False where it isn't kept any more, or it is a cursor of something else: then before the first that came after it, or
    /// before all.
    /// </summary>
    public bool SeekBehind(string cursor)
    {
        if (SdJournal.SeekCursor(_journal, cursor) < 0)
        {
            SeekHead();
            return false;
        }

        // The library goes to the nearest entry, and only there says which it is.
        if (!TryNext())
        {
            return false;
        }

        _isAtNext = Check(SdJournal.TestCursor(_journal, cursor), "a journal's cursor") == 0;
        return !_isAtNext;
    }

    /// <summary>False where there is none yet.</summary>
    public bool TryNext()
    {
        var isAtNext = _isAtNext;
        _isAtNext = false;
        return isAtNext || Check(SdJournal.Next(_journal), "the journal's next entry") > 0;
    }

    /// <summary>False where the first has been reached.</summary>
    public bool TryPrevious() => Check(SdJournal.Previous(_journal), "the journal's last entries") > 0;

    /// <summary>From now on the journal's changes are noticed.</summary>
    public void Watch() => Check(SdJournal.GetFd(_journal), "the journal's descriptor");

    /// <summary>
    /// A field's value, cut where it is long; false where the current entry has none. Damaged data counts as none. The name is a literal: those
    /// end with a zero.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        value = default;
        fixed (byte* name = field)
        {
            var result = SdJournal.GetData(_journal, name, out var data, out var length);
            if (-result is NoSuchField or BadMessage or Beyond)
            {
                return false;
            }

            Check(result, "an entry's field");
            // The data is "NAME=value".
            value = new ReadOnlySpan<byte>(data, (int)length)[(field.Length + 1)..];
            return true;
        }
    }

    /// <summary>Until there may be more, or <paramref name="end"/> is raised; <see cref="TakeChanges"/> then lets it be read.</summary>
    public void Wait(Descriptor end)
    {
        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = end.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = Check(SdJournal.GetFd(_journal), "the journal's descriptor"), Events = Libc.PollIn };

        // A time on the monotonic clock; on a file system that tells of no changes, as those of networks, the library wants to look itself.
        Check(SdJournal.GetTimeout(_journal, out var until), "the journal's patience");
        _ = Libc.Poll(fds, 2, until == ulong.MaxValue ? -1 : (int)Math.Clamp((long)(until / 1000) - Environment.TickCount64 + 1, 0, LookAgainMs));
    }

    /// <summary>True where files of the journal have come or gone.</summary>
    public bool TakeChanges() => Check(SdJournal.Process(_journal), "the journal's changes") == FilesChanged;

    public void Dispose() => _journal.Dispose();

    private static int Check(int result, string what)
    {
        if (result >= 0)
        {
            return result;
        }

        var message = $"{what}: {new Win32Exception(-result).Message}";
        throw -result == BadMessage ? new JournalDamagedException(message) : new IOException(message);
    }
}
