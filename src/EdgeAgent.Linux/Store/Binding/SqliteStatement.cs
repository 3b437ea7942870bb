using System.Runtime.InteropServices;
using System.Text;

namespace EdgeAgent.Linux.Store.Binding;

/// <summary>A prepared statement. Its parameters count from 1 and its columns from 0, as SQLite has it.</summary>
internal sealed unsafe class SqliteStatement(SqliteDatabase database, nint handle) : IDisposable
{
    private nint _handle = handle;

    public SqliteStatement Bind(int parameter, long value)
    {
        database.Check(Sqlite3.BindNumber(_handle, parameter, value));
        return this;
    }

    public SqliteStatement Bind(int parameter, string value)
    {
        var text = Encoding.UTF8.GetBytes(value);
        fixed (byte* bytes = Present(text))
        {
            database.Check(Sqlite3.BindText(_handle, parameter, bytes, text.Length, Sqlite3.Transient));
        }

        return this;
    }

    public SqliteStatement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = Present(value))
        {
            database.Check(Sqlite3.BindBlob(_handle, parameter, bytes, value.Length, Sqlite3.Transient));
        }

        return this;
    }

    /// <summary>Executes it with what is bound, and makes it ready for the next time.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            // Its code is that of the step, which has been thrown.
            _ = Sqlite3.Reset(_handle);
        }
    }

    /// <summary>True when there is a row to read.</summary>
    public bool Step()
    {
        var code = Sqlite3.Step(_handle);
        database.Check(code);
        return code == Sqlite3.Row;
    }

    /// <summary>Null where the column is.</summary>
    public string? Text(int column) => Marshal.PtrToStringUTF8(Sqlite3.ColumnText(_handle, column));

    public long Number(int column) => Sqlite3.ColumnNumber(_handle, column);

    public byte[] Blob(int column)
    {
        // In this order: SQLite counts the bytes of the form that was asked for last.
        var bytes = Sqlite3.ColumnBlob(_handle, column);
        return new ReadOnlySpan<byte>((void*)bytes, Sqlite3.ColumnBytes(_handle, column)).ToArray();
    }

    public void Dispose()
    {
        _ = Sqlite3.Finish(_handle);
        _handle = 0;
    }

    // To SQLite a null pointer is NULL, and a span of nothing has one.
    private static ReadOnlySpan<byte> Present(ReadOnlySpan<byte> value) => value.IsEmpty ? "\0"u8 : value;
}
