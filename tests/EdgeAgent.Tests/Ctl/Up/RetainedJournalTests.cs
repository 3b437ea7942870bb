using CsCheck;
using EdgeCtl.Up.Broker;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Up;

public sealed class RetainedJournalTests : IDisposable
{
    private static readonly Gen<RetainedMessage> Message =
        Gen.Select(Gen.Int[0, 8], Gen.Byte.Array[0, 40], Gen.Byte[0, 2], (topic, payload, qos) => new RetainedMessage($"t/{topic}", payload, qos));

    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-journal").FullName;

    private string FilePath => Path.Combine(_folder, "retained.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Wherever_a_crash_cuts_the_file_a_prefix_of_the_changes_is_read_back() =>
        Gen.Select(Message.Array[0, 30], Gen.Int[0, 1000]).Sample(
            (changes, cut) =>
            {
                File.Delete(FilePath);
                using (var journal = RetainedJournal.Open(_folder, new Dictionary<string, RetainedMessage>(), out _))
                {
                    journal.Append(changes);
                }

                using (var file = new FileStream(FilePath, FileMode.Open))
                {
                    file.SetLength(file.Length - (cut * (file.Length - 8) / 1000));
                }

                var read = new Dictionary<string, RetainedMessage>();
                RetainedJournal.Open(_folder, read, out _).Dispose();
                return Enumerable.Range(0, changes.Length + 1).Any(n => IsSame(read, changes.Take(n)));
            },
            iter: 200,
            threads: 1);

    [Fact]
    public void A_damaged_byte_is_noticed_and_told()
    {
        using (var journal = RetainedJournal.Open(_folder, new Dictionary<string, RetainedMessage>(), out _))
        {
            journal.Append([new("first", [1], 1), new("second", [2], 1)]);
        }

        var bytes = File.ReadAllBytes(FilePath);
        bytes[^1] ^= 1;
        File.WriteAllBytes(FilePath, bytes);

        var read = new Dictionary<string, RetainedMessage>();
        RetainedJournal.Open(_folder, read, out var mishap).Dispose();
        Assert.Equal("first", Assert.Single(read).Key);
        Assert.Contains(FilePath, mishap, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changing_one_topic_for_ever_does_not_make_the_file_grow_for_ever()
    {
        var payload = new byte[100_000];
        await using (var store = RetainedStore.Open(_folder, _ => { }))
        {
            store.Put(new("t", payload, 1));
        }

        for (var i = 0; i < 60; i++)
        {
            await using var store = RetainedStore.Open(_folder, _ => { });
            store.Put(new("t", payload, 1));
        }

        Assert.InRange(new FileInfo(FilePath).Length, payload.Length, BrokerLimits.JournalSlackBytes + (3 * payload.Length));
    }

    [Fact]
    public async Task A_running_broker_writes_its_journal_anew_when_most_of_it_is_out_of_date()
    {
        await using (var store = RetainedStore.Open(_folder, m => Assert.Fail(m)))
        {
            store.Put(new("kept", [1, 2, 3], 1));
            store.Put(new("gone", new byte[BrokerLimits.JournalSlackBytes], 1));
            await Eventually.Holds(() => new FileInfo(FilePath).Length > BrokerLimits.JournalSlackBytes);
            store.Put(new("gone", [], 1));
            await Eventually.Holds(() => new FileInfo(FilePath).Length < 1000);
            store.Put(new("later", [4], 0));
        }

        var read = new Dictionary<string, RetainedMessage>();
        RetainedJournal.Open(_folder, read, out var mishap).Dispose();
        Assert.Null(mishap);
        Assert.Equal(["kept", "later"], read.Keys.Order());
        Assert.Equal([1, 2, 3], read["kept"].Payload);
    }

    [Fact]
    public void A_journal_goes_on_behind_its_rewriting()
    {
        using (var journal = RetainedJournal.Open(_folder, new Dictionary<string, RetainedMessage>(), out _))
        {
            journal.Append(Enumerable.Range(0, 100).Select(i => new RetainedMessage("old", new byte[1000 + i], 1)));
            var before = journal.Length;
            journal.Rewrite([new("old", [9], 1)]);
            Assert.InRange(journal.Length, 1, before / 100);
            journal.Append([new("new", [8], 0)]);
        }

        var read = new Dictionary<string, RetainedMessage>();
        RetainedJournal.Open(_folder, read, out var mishap).Dispose();
        Assert.Null(mishap);
        Assert.Equal(["new", "old"], read.Keys.Order());
        Assert.Equal([9], read["old"].Payload);
    }

    private static bool IsSame(Dictionary<string, RetainedMessage> read, IEnumerable<RetainedMessage> changes)
    {
        var wanted = new Dictionary<string, RetainedMessage>();
        foreach (var change in changes)
        {
            if (change.IsCleared)
            {
                wanted.Remove(change.Topic);
            }
            else
            {
                wanted[change.Topic] = change;
            }
        }

        return wanted.Count == read.Count && wanted.All(w => read.TryGetValue(w.Key, out var r) && r.Payload.SequenceEqual(w.Value.Payload) && r.Qos == w.Value.Qos);
    }
}
