namespace EdgeAgent.Linux.Systemd;

/// <summary>Where an entry is in the journal, and when it came.</summary>
/// <param name="Cursor">As sd_journal_get_cursor(3) gives it.</param>
/// <param name="Place">Read from the cursor.</param>
/// <param name="At">On the clock of this boot; zero for an entry of an earlier one.</param>
internal readonly record struct JournalSpot(string Cursor, JournalPlace Place, TimeSpan At)
{
    /// <summary>By their numbers where these are of one row, and by time else: that of entries of earlier boots isn't known.</summary>
    public bool IsAfter(JournalSpot other) => Place.Row is { Length: > 0 } && Place.Row == other.Place.Row ? Place.Number > other.Place.Number : At > other.At;
}
