namespace EdgeAgent.Linux.Store.Binding;

/// <summary>What SQLite refused, in its own words. The codes are those of https://sqlite.org/rescode.html.</summary>
internal sealed class SqliteException(string message, int code) : Exception(message)
{
    public int Code { get; } = code;
}
