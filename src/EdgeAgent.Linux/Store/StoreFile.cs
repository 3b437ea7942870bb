using System.Globalization;
using EdgeAgent.Linux.Store.Binding;

namespace EdgeAgent.Linux.Store;

/// <summary>Opens the store's file: a corrupt one is set aside, for a device has nobody beside it to repair one.</summary>
internal static class StoreFile
{
    private const int CorruptKept = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// EXCLUSIVE: one agent a file, and no shared memory beside it. FULL: a commit is on disk when it is reported. The file is bounded to
    /// 64 MB, its journal to 1 MB.
    /// </summary>
    private const string Pragmas = """
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -256;
        PRAGMA mmap_size = 0;
        PRAGMA temp_store = MEMORY;
        PRAGMA wal_autocheckpoint = 200;
        PRAGMA journal_size_limit = 1048576;
        PRAGMA max_page_count = 16384;
        """;

    public static SqliteDatabase Open(string path, out string? mishap)
    {
        mishap = null;
        try
        {
            return OpenSound(path);
        }
        catch (SqliteException e) when (e.Code is Sqlite3.Corrupt or Sqlite3.NotADatabase)
        {
            var aside = SetAside(path);
            mishap = $"the store {path} is corrupt ({e.Message}); it was moved to {aside}, and the node starts anew: intents come from the broker, and units that run here without a claim are ended";
            return OpenSound(path);
        }
        catch (SqliteException e) when (e.Code is Sqlite3.Busy or Sqlite3.Locked)
        {
            throw new StoreException($"the store {path} is in use: another edgeagent runs with this StateDirectory", e);
        }
        catch (SqliteException e)
        {
            throw new StoreException($"the store {path} can't be opened: {e.Message}", e);
        }
    }

    private static SqliteDatabase OpenSound(string path)
    {
        if (!File.Exists(path))
        {
            // Made before SQLite does it, for its mode.
            File.Open(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }

        var database = SqliteDatabase.Open(path, Patience);
        try
        {
            database.Execute(Pragmas);
            if (database.Ask("PRAGMA quick_check(1)") is not "ok" and var trouble)
            {
                throw new SqliteException($"quick_check: {trouble}", Sqlite3.Corrupt);
            }

            StoreSchema.Migrate(database, path);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static string SetAside(string path)
    {
        var aside = $"{path}.corrupt-{DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture)}";
        File.Move(path, aside);
        foreach (var beside in (string[])[$"{path}-wal", $"{path}-shm"])
        {
            File.Delete(beside);
        }

        var old = Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, $"{Path.GetFileName(path)}.corrupt-*").Order(StringComparer.Ordinal).SkipLast(CorruptKept);
        foreach (var file in old)
        {
            File.Delete(file);
        }

        return aside;
    }
}
