using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Store.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Store;

/// <summary>The statements, prepared once.</summary>
internal sealed class StoreWriter(SqliteDatabase database) : IDisposable
{
    private readonly SqliteStatement _putIntent = database.Prepare("INSERT INTO intents(workload, signed) VALUES($1, $2) ON CONFLICT(workload) DO UPDATE SET signed = $2");
    private readonly SqliteStatement _removeIntent = database.Prepare("DELETE FROM intents WHERE workload = $1");
    private readonly SqliteStatement _putClaim = database.Prepare("INSERT INTO claims(workload, slot, payload) VALUES($1, $2, $3) ON CONFLICT(workload, slot) DO UPDATE SET payload = $3");
    private readonly SqliteStatement _removeClaim = database.Prepare("DELETE FROM claims WHERE workload = $1 AND slot = $2");
    private readonly SqliteStatement _putPromise = database.Prepare("INSERT INTO promises(workload, slot, node, payload, highest) VALUES($1, $2, $3, $4, $5) ON CONFLICT(workload, slot) DO UPDATE SET node = $3, payload = $4, highest = $5");
    private readonly SqliteStatement _removePromise = database.Prepare("DELETE FROM promises WHERE workload = $1 AND slot = $2");
    private readonly SqliteStatement _putMeta = database.Prepare("INSERT INTO meta(key, value) VALUES($1, $2) ON CONFLICT(key) DO UPDATE SET value = $2");

    public void Write(StoreWrite write)
    {
        switch (write)
        {
            case PutIntent w:
                _putIntent.Bind(1, w.Workload.Value).Bind(2, w.Signed.Span).Run();
                break;
            case RemoveIntent w:
                _removeIntent.Bind(1, w.Workload.Value).Run();
                break;
            case PutClaim w:
                _putClaim.Bind(1, w.Slot.Workload.Value).Bind(2, w.Slot.Index).Bind(3, w.Payload.Span).Run();
                break;
            case RemoveClaim w:
                _removeClaim.Bind(1, w.Slot.Workload.Value).Bind(2, w.Slot.Index).Run();
                break;
            case PutPromise w:
                _putPromise.Bind(1, w.Slot.Workload.Value).Bind(2, w.Slot.Index).Bind(3, w.Node.Value).Bind(4, w.Payload.Span).Bind(5, w.Highest).Run();
                break;
            case RemovePromise w:
                _removePromise.Bind(1, w.Slot.Workload.Value).Bind(2, w.Slot.Index).Run();
                break;
            case ReserveSessions w:
                WriteMeta("sessions", w.Last.ToString(CultureInfo.InvariantCulture));
                break;
            case ReserveRevs w:
                WriteMeta("revs", w.Last.ToString(CultureInfo.InvariantCulture));
                break;
            case PutMarks w:
                WriteMeta("marks", Convert.ToBase64String(w.Payload.Span));
                break;
        }
    }

    public void WriteMeta(string key, string value) => _putMeta.Bind(1, key).Bind(2, value).Run();

    public string? ReadMeta(string key)
    {
        using var statement = database.Prepare("SELECT value FROM meta WHERE key = $1");
        return statement.Bind(1, key).Step() ? statement.Text(0) : null;
    }

    public IReadOnlyList<StoredIntent> ReadIntents()
    {
        using var statement = database.Prepare("SELECT workload, signed FROM intents");
        var intents = new List<StoredIntent>();
        while (statement.Step())
        {
            // A name that is none was not written by this agent: left out, as one that doesn't verify is.
            if (WorkloadName.TryParse(statement.Text(0) ?? "", out var workload))
            {
                intents.Add(new StoredIntent(workload, statement.Blob(1)));
            }
        }

        return intents;
    }

    public IReadOnlyList<StoredClaim> ReadClaims()
    {
        using var statement = database.Prepare("SELECT workload, slot, payload FROM claims");
        var claims = new List<StoredClaim>();
        while (statement.Step())
        {
            if (WorkloadName.TryParse(statement.Text(0) ?? "", out var workload))
            {
                claims.Add(new StoredClaim(new SlotId(workload, (int)statement.Number(1)), statement.Blob(2)));
            }
        }

        return claims;
    }

    public IReadOnlyList<StoredPromise> ReadPromises()
    {
        using var statement = database.Prepare("SELECT workload, slot, node, payload, highest FROM promises");
        var promises = new List<StoredPromise>();
        while (statement.Step())
        {
            if (WorkloadName.TryParse(statement.Text(0) ?? "", out var workload) && NodeId.TryParse(statement.Text(2) ?? "", out var node))
            {
                promises.Add(new StoredPromise(new SlotId(workload, (int)statement.Number(1)), node, statement.Blob(3), statement.Number(4)));
            }
        }

        return promises;
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[_putIntent, _removeIntent, _putClaim, _removeClaim, _putPromise, _removePromise, _putMeta])
        {
            statement.Dispose();
        }
    }
}
