using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Store;
using EdgeAgent.Node.Ports;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EdgeAgent.Tests.Linux.Store;

/// <summary>What was answered is there after a restart; a file that isn't sound hinders nobody; one of a newer agent is left alone.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private static readonly WorkloadName Hello = WorkloadName.Parse("hello");
    private static readonly WorkloadName Other = WorkloadName.Parse("other");

    private readonly TemporaryFolder _folder = new();
    private readonly Inputs _inputs = new();

    private string Path => _folder.File("edgeagent.db");

    [Fact]
    public void What_was_committed_is_there_when_it_is_opened_again()
    {
        string id;
        using (var store = SqliteStore.Open(Path, _inputs))
        {
            id = store.Load().StoreId;
            store.Submit(new StoreBatch(1,
            [
                new PutIntent(Hello, new byte[] { 1, 2 }), new PutIntent(Other, new byte[] { 9 }), new PutClaim(new SlotId(Hello, 3), new byte[] { 3 }),
                new ReserveSessions(20), new ReserveRevs(100),
            ]));
            store.Submit(new StoreBatch(2, [new PutIntent(Hello, new byte[] { 4, 5, 6 }), new RemoveIntent(Other)]));
            Assert.Equal(1, _inputs.Next<StoreCommitted>().Id);
            Assert.Equal(2, _inputs.Next<StoreCommitted>().Id);
        }

        using var again = SqliteStore.Open(Path, _inputs);
        var state = again.Load();
        Assert.Equal(id, state.StoreId);
        Assert.Equal(32, id.Length);
        Assert.Equal((20, 100), (state.SessionReserved, state.RevReserved));
        var intent = Assert.Single(state.Intents);
        Assert.Equal((Hello, "040506"), (intent.Workload, Convert.ToHexString(intent.Signed.Span)));
        var claim = Assert.Single(state.Claims);
        Assert.Equal((new SlotId(Hello, 3), "03"), (claim.Slot, Convert.ToHexString(claim.Payload.Span)));
        Assert.Null(state.Mishap);
    }

    [Fact]
    public void What_a_voter_granted_is_there_when_it_is_opened_again()
    {
        var (slot, gone) = (new SlotId(Hello, 3), new SlotId(Other, 0));
        using (var store = SqliteStore.Open(Path, _inputs))
        {
            store.Submit(new StoreBatch(1, [new PutPromise(slot, NodeId.Parse("a"), new byte[] { 1 }, 7), new PutPromise(gone, NodeId.Parse("a"), new byte[] { 2 }, 1)]));
            store.Submit(new StoreBatch(2, [new PutPromise(slot, NodeId.Parse("b"), new byte[] { 3, 4 }, 9), new RemovePromise(gone)]));
            _inputs.Next<StoreCommitted>();
            _inputs.Next<StoreCommitted>();
        }

        using var again = SqliteStore.Open(Path, _inputs);
        var promise = Assert.Single(again.Load().Promises);
        Assert.Equal((slot, NodeId.Parse("b"), "0304", 9), (promise.Slot, promise.Node, Convert.ToHexString(promise.Payload.Span), promise.Highest));
    }

    [Fact]
    public void Batches_are_answered_in_their_order_however_they_share_commits()
    {
        using var store = SqliteStore.Open(Path, _inputs);
        var ids = Enumerable.Range(1, 500).Select(i => (long)i).ToList();
        ids.ForEach(id => store.Submit(new StoreBatch(id, [new PutClaim(new SlotId(Hello, (int)id), new byte[64])])));
        Assert.Equal(ids, ids.Select(_ => _inputs.Next<StoreCommitted>().Id));
    }

    [Fact]
    public void Bytes_of_none_are_kept_as_bytes_of_none()
    {
        using var store = SqliteStore.Open(Path, _inputs);
        store.Submit(new StoreBatch(1, [new PutIntent(Hello, ReadOnlyMemory<byte>.Empty)]));
        Assert.Equal(1, _inputs.Next<StoreCommitted>().Id);
        Assert.Equal(0, Assert.Single(store.Load().Intents).Signed.Length);
    }

    [Fact]
    public void What_waits_at_the_end_is_written_before_the_file_is_closed()
    {
        using (var store = SqliteStore.Open(Path, _inputs))
        {
            store.Submit(new StoreBatch(1, [new PutIntent(Hello, new byte[] { 7 })]));
        }

        using var again = SqliteStore.Open(Path, _inputs);
        Assert.Single(again.Load().Intents);
    }

    [Fact]
    public void The_file_is_for_its_owner_alone()
    {
        using var store = SqliteStore.Open(Path, _inputs);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_second_agent_on_the_same_file_is_refused()
    {
        using var store = SqliteStore.Open(Path, _inputs);
        var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(Path, _inputs));
        Assert.Contains("another edgeagent", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.IsLasting);
    }

    [Fact]
    public void A_newer_schema_is_refused_with_the_way_out_and_the_file_stays_as_it_is()
    {
        SqliteStore.Open(Path, _inputs).Dispose();
        Run("PRAGMA user_version = 999; CREATE TABLE of_the_future(x)");
        var before = Dump();

        var refusal = Assert.Throws<StoreException>(() => SqliteStore.Open(Path, _inputs));

        Assert.True(refusal.IsLasting);
        Assert.Contains("newer edgeagent", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Dump());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4096)]
    public void A_file_that_is_no_sound_database_is_set_aside_and_told(int kept)
    {
        string id;
        using (var sound = SqliteStore.Open(Path, _inputs))
        {
            id = sound.StoreId;
        }

        var bytes = File.ReadAllBytes(Path);
        new Random(kept).NextBytes(bytes.AsSpan(kept));
        File.WriteAllBytes(Path, bytes);

        using var store = SqliteStore.Open(Path, _inputs);
        var state = store.Load();

        Assert.Contains("corrupt", state.Mishap, StringComparison.Ordinal);
        Assert.Empty(state.Intents);
        Assert.Equal(id, state.StoreId);
        var aside = Assert.Single(Directory.GetFiles(_folder.Path, "*.corrupt-*"));
        Assert.Equal(bytes, File.ReadAllBytes(aside));
        Assert.Contains(aside, state.Mishap, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("0123456789abcdef0123456789abcdeZ")]
    public void A_file_that_holds_no_id_is_written_anew(string content)
    {
        string id;
        using (var store = SqliteStore.Open(Path, _inputs))
        {
            id = store.StoreId;
        }

        File.WriteAllText($"{Path}.id", content);
        using (var again = SqliteStore.Open(Path, _inputs))
        {
            Assert.Equal(id, again.StoreId);
        }

        Assert.Equal(id, File.ReadAllText($"{Path}.id").Trim());
    }

    [Fact]
    public void Of_many_corrupt_files_the_last_three_are_kept()
    {
        for (var i = 0; i < 6; i++)
        {
            File.WriteAllBytes(Path, [.. Enumerable.Repeat((byte)i, 8192)]);
            SqliteStore.Open(Path, _inputs).Dispose();
        }

        Assert.Equal(3, Directory.GetFiles(_folder.Path, "*.corrupt-*").Length);
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_an_error_that_names_it()
    {
        var refusal = Assert.ThrowsAny<Exception>(() => SqliteStore.Open(_folder.File("no/such/folder.db"), _inputs));
        Assert.Contains("no/such", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_finds_no_room_is_answered_as_failed_and_later_ones_are_carried_out()
    {
        using var store = SqliteStore.Open(Path, _inputs);
        store.Submit(new StoreBatch(1, [new PutIntent(Hello, new byte[65 << 20])]));
        Assert.NotEmpty(_inputs.Next<StoreFailed>().Reason);
        store.Submit(new StoreBatch(2, [new PutIntent(Hello, new byte[] { 1 })]));
        Assert.Equal(2, _inputs.Next<StoreCommitted>().Id);
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _folder.Dispose();
    }

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private string Dump()
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT group_concat(name || sql, ';') || (SELECT group_concat(key || value, ';') FROM meta) FROM sqlite_schema WHERE sql IS NOT NULL";
        return (string)command.ExecuteScalar()!;
    }
}
