using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Linux.Store.Binding;

/// <summary>An open database. Used by one thread at a time.</summary>
internal sealed unsafe class SqliteDatabase : IDisposable
{
    private nint _handle;

    private SqliteDatabase(nint handle) => _handle = handle;

    /// <summary>Opens a file that exists. Whatever finds it locked waits for <paramref name="patience"/>.</summary>
    public static SqliteDatabase Open(string path, TimeSpan patience)
    {
        fixed (byte* name = Terminated(path))
        {
            var code = Sqlite3.Open(name, out var handle, Sqlite3.OpenReadWrite, null);
            var database = new SqliteDatabase(handle);
            try
            {
                database.Check(code);
                database.Check(Sqlite3.BusyTimeout(handle, (int)patience.TotalMilliseconds));
                return database;
            }
            catch
            {
                // A failed open has a handle too: it holds the words.
                database.Dispose();
                throw;
            }
        }
    }

    /// <summary>Runs one statement or several; rows are passed over.</summary>
    public void Execute(string sql)
    {
        fixed (byte* text = Terminated(sql))
        {
            Check(Sqlite3.Execute(_handle, text, 0, 0, 0));
        }
    }

    /// <summary>The first column of the first row, null where there is none.</summary>
    public string? Ask(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Text(0) : null;
    }

    public SqliteStatement Prepare(string sql)
    {
        fixed (byte* text = Terminated(sql))
        {
            Check(Sqlite3.Prepare(_handle, text, -1, out var statement, 0));
            return new SqliteStatement(this, statement);
        }
    }

    /// <summary>All of it is on disk when this returns, or nothing of it when it throws.</summary>
    public void Commit(Action work)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            Execute("COMMIT");
        }
        catch
        {
            // After some errors, a full disk's among them, SQLite has rolled back already.
            if (Sqlite3.GetAutoCommit(_handle) == 0)
            {
                Execute("ROLLBACK");
            }

            throw;
        }
    }

    public void Check(int code)
    {
        if (code is not (0 or Sqlite3.Row or Sqlite3.Done))
        {
            throw new SqliteException($"SQLite Error {code}: '{Marshal.PtrToStringUTF8(Sqlite3.ErrorMessage(_handle))}'.", code);
        }
    }

    public void Dispose()
    {
        _ = Sqlite3.Close(_handle);
        _handle = 0;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
