namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>A file of the journal has something else where an entry should be: it is damaged, or was vacuumed while it was open, which takes its blocks away.</summary>
internal sealed class JournalDamagedException(string message) : IOException(message);
