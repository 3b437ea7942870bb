using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using Microsoft.Data.Sqlite;

namespace EdgeAgent.Linux.Store;

/// <summary>The statements, prepared once.</summary>
internal sealed class StoreWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _putIntent;
    private readonly SqliteCommand _removeIntent;
    private readonly SqliteCommand _putClaim;
    private readonly SqliteCommand _removeClaim;
    private readonly SqliteCommand _putPromise;
    private readonly SqliteCommand _removePromise;
    private readonly SqliteCommand _putMeta;

    public StoreWriter(SqliteConnection connection)
    {
        _connection = connection;
        _putIntent = Prepare("INSERT INTO intents(workload, signed) VALUES($1, $2) ON CONFLICT(workload) DO UPDATE SET signed = $2", 2);
        _removeIntent = Prepare("DELETE FROM intents WHERE workload = $1", 1);
        _putClaim = Prepare("INSERT INTO claims(workload, slot, payload) VALUES($1, $2, $3) ON CONFLICT(workload, slot) DO UPDATE SET payload = $3", 3);
        _removeClaim = Prepare("DELETE FROM claims WHERE workload = $1 AND slot = $2", 2);
        _putPromise = Prepare("INSERT INTO promises(workload, slot, node, payload) VALUES($1, $2, $3, $4) ON CONFLICT(workload, slot) DO UPDATE SET node = $3, payload = $4", 4);
        _removePromise = Prepare("DELETE FROM promises WHERE workload = $1 AND slot = $2", 2);
        _putMeta = Prepare("INSERT INTO meta(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = $2", 2);
    }

    public void Write(StoreWrite write, SqliteTransaction transaction)
    {
        switch (write)
        {
            case PutIntent w:
                Execute(_putIntent, transaction, w.Workload.Value, w.Signed.ToArray());
                break;
            case RemoveIntent w:
                Execute(_removeIntent, transaction, w.Workload.Value);
                break;
            case PutClaim w:
                Execute(_putClaim, transaction, w.Slot.Workload.Value, w.Slot.Index, w.Payload.ToArray());
                break;
            case RemoveClaim w:
                Execute(_removeClaim, transaction, w.Slot.Workload.Value, w.Slot.Index);
                break;
            case PutPromise w:
                Execute(_putPromise, transaction, w.Slot.Workload.Value, w.Slot.Index, w.Node.Value, w.Payload.ToArray());
                break;
            case RemovePromise w:
                Execute(_removePromise, transaction, w.Slot.Workload.Value, w.Slot.Index);
                break;
            case ReserveSessions w:
                WriteMeta("sessions", w.Last.ToString(CultureInfo.InvariantCulture), transaction);
                break;
            case ReserveRevs w:
                WriteMeta("revs", w.Last.ToString(CultureInfo.InvariantCulture), transaction);
                break;
        }
    }

    public void WriteMeta(string key, string value, SqliteTransaction transaction) => Execute(_putMeta, transaction, key, value);

    public string? ReadMeta(string key)
    {
        using var command = Prepare("SELECT value FROM meta WHERE key = $1", 1);
        command.Parameters[0].Value = key;
        return command.ExecuteScalar() as string;
    }

    public IReadOnlyList<StoredIntent> ReadIntents()
    {
        using var command = Prepare("SELECT workload, signed FROM intents", 0);
        using var reader = command.ExecuteReader();
        var intents = new List<StoredIntent>();
        while (reader.Read())
        {
            // A name that is none was not written by this agent: left out, as one that doesn't verify is.
            if (WorkloadName.TryParse(reader.GetString(0), out var workload))
            {
                intents.Add(new StoredIntent(workload, reader.GetFieldValue<byte[]>(1)));
            }
        }

        return intents;
    }

    public IReadOnlyList<StoredClaim> ReadClaims()
    {
        using var command = Prepare("SELECT workload, slot, payload FROM claims", 0);
        using var reader = command.ExecuteReader();
        var claims = new List<StoredClaim>();
        while (reader.Read())
        {
            if (WorkloadName.TryParse(reader.GetString(0), out var workload))
            {
                claims.Add(new StoredClaim(new SlotId(workload, reader.GetInt32(1)), reader.GetFieldValue<byte[]>(2)));
            }
        }

        return claims;
    }

    public IReadOnlyList<StoredPromise> ReadPromises()
    {
        using var command = Prepare("SELECT workload, slot, node, payload FROM promises", 0);
        using var reader = command.ExecuteReader();
        var promises = new List<StoredPromise>();
        while (reader.Read())
        {
            if (WorkloadName.TryParse(reader.GetString(0), out var workload) && NodeId.TryParse(reader.GetString(2), out var node))
            {
                promises.Add(new StoredPromise(new SlotId(workload, reader.GetInt32(1)), node, reader.GetFieldValue<byte[]>(3)));
            }
        }

        return promises;
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_putIntent, _removeIntent, _putClaim, _removeClaim, _putPromise, _removePromise, _putMeta])
        {
            command.Dispose();
        }
    }

    private static void Execute(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<object> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The text is a constant of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 1; i <= parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter($"${i.ToString(CultureInfo.InvariantCulture)}", null));
        }

        return command;
    }
}
