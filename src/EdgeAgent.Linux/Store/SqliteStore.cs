using System.Globalization;
using EdgeAgent.Linux.Store.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Store;

/// <summary>
/// The store on SQLite. One thread writes; whatever waits when it comes round is one transaction and one fsync, and is answered in
/// order when it is on disk.
/// </summary>
public sealed class SqliteStore : IStore, IDisposable
{
    private const string StoreIdKey = "store_id";

    private readonly SqliteDatabase _database;
    private readonly StoreWriter _writer;
    private readonly IInputSink _sink;
    private readonly string? _mishap;
    private readonly object _gate = new();
    private readonly Queue<StoreBatch> _waiting = [];
    private readonly Thread _thread;
    private bool _isEnding;

    private SqliteStore(SqliteDatabase database, string path, string? mishap, IInputSink sink)
    {
        (_database, _mishap, _sink) = (database, mishap, sink);
        _writer = new StoreWriter(database);
        StoreId = _writer.ReadMeta(StoreIdKey) ?? KeepId(StoreIdFile.Read(path) ?? StoreIdFile.Draw());
        StoreIdFile.Keep(path, StoreId);
        _thread = new Thread(Work, maxStackSize: 256 * 1024) { IsBackground = true, Name = "store" };
    }

    /// <summary>32 hexadecimal digits, drawn once: what this agent starts is marked with it, also when the database was corrupt and is a new one.</summary>
    public string StoreId { get; }

    /// <summary>Opens or makes the file (mode 0600). Throws <see cref="StoreException"/> where the agent must not start.</summary>
    public static SqliteStore Open(string path, IInputSink sink)
    {
        var database = StoreFile.Open(path, out var mishap);
        try
        {
            var store = new SqliteStore(database, path, mishap, sink);
            store._thread.Start();
            return store;
        }
        catch (SqliteException e)
        {
            database.Dispose();
            throw new StoreException($"the store {path} can't be written: {e.Message}; is the disk full, or read-only?", e);
        }
    }

    public StoredState Load()
    {
        // Before the first submission, so the writer's thread doesn't touch the database.
        return new StoredState
        {
            StoreId = StoreId,
            SessionReserved = Number("sessions"),
            RevReserved = Number("revs"),
            Intents = _writer.ReadIntents(),
            Claims = _writer.ReadClaims(),
            Promises = _writer.ReadPromises(),
            Marks = Marks(),
            Mishap = _mishap,
        };
    }

    public void Submit(StoreBatch batch)
    {
        lock (_gate)
        {
            _waiting.Enqueue(batch);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what was submitted, then closes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _writer.Dispose();
        _database.Dispose();
    }

    private void Work()
    {
        var group = new List<StoreBatch>();
        while (true)
        {
            group.Clear();
            lock (_gate)
            {
                while (_waiting.Count == 0 && !_isEnding)
                {
                    Monitor.Wait(_gate);
                }

                while (_waiting.TryDequeue(out var batch))
                {
                    group.Add(batch);
                }
            }

            if (group.Count == 0)
            {
                return;
            }

            var failure = Write(group);
            foreach (var batch in group)
            {
                _sink.Post(failure is null ? new StoreCommitted(batch.Id) : new StoreFailed(batch.Id, failure));
            }
        }
    }

    /// <summary>Null, or why nothing of it was written.</summary>
    private string? Write(List<StoreBatch> group)
    {
        try
        {
            _database.Commit(() =>
            {
                foreach (var batch in group)
                {
                    foreach (var write in batch.Writes)
                    {
                        _writer.Write(write);
                    }
                }
            });
            return null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
    }

    private long Number(string key) =>
        long.TryParse(_writer.ReadMeta(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private byte[] Marks()
    {
        var text = _writer.ReadMeta("marks") ?? "";
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : [];
    }

    private string KeepId(string id)
    {
        _database.Commit(() => _writer.WriteMeta(StoreIdKey, id));
        return id;
    }
}
