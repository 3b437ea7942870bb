using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>sd-journal(3) of libsystemd: a reader of the journal's files. One that is open is for one thread at a time.</summary>
internal static unsafe partial class SdJournal
{
    /// <summary>SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM.</summary>
    public const int OfSystem = 1 | 4;

    /// <summary>SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_CURRENT_USER.</summary>
    public const int OfUser = 1 | 8;

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_open")]
    public static partial int Open(out nint journal, int flags);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_close")]
    public static partial void Close(nint journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_add_match")]
    public static partial int AddMatch(JournalHandle journal, byte* match, nuint size);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_add_disjunction")]
    public static partial int AddDisjunction(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_seek_realtime_usec")]
    public static partial int SeekRealtime(JournalHandle journal, ulong microseconds);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_seek_head")]
    public static partial int SeekHead(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_seek_tail")]
    public static partial int SeekTail(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_seek_cursor", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SeekCursor(JournalHandle journal, string cursor);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_test_cursor", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int TestCursor(JournalHandle journal, string cursor);

    /// <summary>The text is free()'s.</summary>
    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_cursor")]
    public static partial int GetCursor(JournalHandle journal, out byte* cursor);

    /// <summary>Of an entry of this boot; -ESTALE where it is of another.</summary>
    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_monotonic_usec")]
    public static partial int GetMonotonic(JournalHandle journal, out ulong microseconds, nint boot);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_previous")]
    public static partial int Previous(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_next")]
    public static partial int Next(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_data")]
    public static partial int GetData(JournalHandle journal, byte* field, out byte* data, out nuint length);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_realtime_usec")]
    public static partial int GetRealtime(JournalHandle journal, out ulong microseconds);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_set_data_threshold")]
    public static partial int SetDataThreshold(JournalHandle journal, nuint bytes);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_fd")]
    public static partial int GetFd(JournalHandle journal);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_get_timeout")]
    public static partial int GetTimeout(JournalHandle journal, out ulong microseconds);

    [LibraryImport(SdBus.Library, EntryPoint = "sd_journal_process")]
    public static partial int Process(JournalHandle journal);
}
