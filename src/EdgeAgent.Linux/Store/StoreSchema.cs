using System.Globalization;
using Microsoft.Data.Sqlite;

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
        "CREATE TABLE promises(workload TEXT NOT NULL, slot INTEGER NOT NULL, node TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY(workload, slot))",
    ];

    public static int Current => Migrations.Count;

    /// <summary>All missing steps in one transaction. A newer schema is left untouched.</summary>
    public static void Migrate(SqliteConnection connection, string path)
    {
        var version = Read(connection);
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

        using var transaction = connection.BeginTransaction();
        foreach (var step in Migrations.Skip(version))
        {
            Execute(connection, transaction, step);
        }

        Execute(connection, transaction, $"PRAGMA user_version = {Current.ToString(CultureInfo.InvariantCulture)}");
        transaction.Commit();
    }

    private static int Read(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The text is a constant of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
