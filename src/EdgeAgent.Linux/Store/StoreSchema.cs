using System.Globalization;
using EdgeAgent.Linux.Store.Binding;

namespace EdgeAgent.Linux.Store;

/// <summary>The store's tables and how older ones become the present ones. The number is SQLite's <c>user_version</c>.</summary>
internal static class StoreSchema
{
    /// <summary>Each takes the schema one number further. Never change one that was released: add another.</summary>
    private static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE intents(workload TEXT PRIMARY KEY, signed BLOB NOT NULL);
        CREATE TABLE claims(workload TEXT NOT NULL, slot INTEGER NOT NULL, payload BLOB NOT NULL, PRIMARY KEY(workload, slot));
        """,
        "CREATE TABLE promises(workload TEXT NOT NULL, slot INTEGER NOT NULL, node TEXT NOT NULL, payload BLOB NOT NULL, highest INTEGER NOT NULL, PRIMARY KEY(workload, slot))",
    ];

    public static int Current => Migrations.Count;

    /// <summary>All missing steps in one transaction. A newer schema is left untouched.</summary>
    public static void Migrate(SqliteDatabase database, string path)
    {
        var version = int.Parse(database.Ask("PRAGMA user_version")!, CultureInfo.InvariantCulture);
        if (version > Current)
        {
            throw new StoreException(
                $"{path} has schema {version}, this agent knows up to {Current}: it was written by a newer edgeagent and is left as it is. Install that version again, or move the file away (the node then starts anew and learns the intents from the broker)")
            {
                IsLasting = true,
            };
        }

        if (version == Current)
        {
            return;
        }

        database.Commit(() =>
        {
            foreach (var step in Migrations.Skip(version))
            {
                database.Execute(step);
            }

            database.Execute($"PRAGMA user_version = {Current.ToString(CultureInfo.InvariantCulture)}");
        });
    }
}
