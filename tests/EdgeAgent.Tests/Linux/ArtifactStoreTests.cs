using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Artifacts;
using EdgeAgent.Node.Ports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>What the agent makes of its fetcher's word, also where somebody has taken that over: each is a script that says and leaves what a test wants.</summary>
public sealed class ArtifactStoreTests : IDisposable
{
    private static readonly Artifact One = new("https://a.example/one", new string('1', Artifact.DigestLength));
    private static readonly Artifact Two = new("https://a.example/two", new string('2', Artifact.DigestLength));
    private static readonly SlotId Slot = new(WorkloadName.Parse("hello"), 0);

    private readonly TemporaryFolder _folder = new();
    private readonly Inputs _inputs = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<ArtifactStore> _stores = [];
    private long _lastId;

    /// <summary>Reads what it is to do; TREE is where it unpacks to.</summary>
    private const string Begin = """
        #!/bin/sh
        while read -r line && [ -n "$line" ]; do case "$line" in folder=*) folder="${line#folder=}" ;; sha256=*) sha="${line#sha256=}" ;; esac; done
        TREE="$folder/$sha.tree"
        """;

    private string Folder => Path.Combine(_folder.Path, "artifacts");

    [Fact]
    public void What_was_fetched_is_there_for_all_and_of_the_agent_s_own_modes()
    {
        var store = Store("mkdir -p $TREE/bin; echo x > $TREE/bin/x; chmod 777 $TREE/bin/x; echo y > $TREE/y; chmod 666 $TREE/y; echo 'Comes 0 fetching: 1 KiB'; echo 'Done 8192 a tar'");
        Assert.Equal("a tar", Assert.IsType<ArtifactReady>(Ask(store, One)).Detail);
        Assert.Equal("", Assert.IsType<ArtifactReady>(Ask(store, One)).Detail);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(store.PathOf(One), "bin", "x")));
        Assert.Equal((UnixFileMode)0b110_100_100, File.GetUnixFileMode(Path.Combine(store.PathOf(One), "y")));
    }

    [Theory]
    [InlineData("ln -s ELSEWHERE $TREE", "no folder")]
    [InlineData("mkdir $TREE; ln ELSEWHERE/secret $TREE/mine", "something that it may not have: mine")]
    [InlineData("mkdir $TREE; mkfifo $TREE/pipe", "something that it may not have: pipe")]
    [InlineData("mkdir $TREE; echo x > $TREE/root; chmod 4755 $TREE/root", "something that it may not have: root")]
    public void A_tree_that_a_fetcher_must_not_leave_is_not_taken(string leaves, string says)
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder.Path, "elsewhere")).FullName;
        File.WriteAllText(Path.Combine(elsewhere, "secret"), "s");
        var store = Store($"{leaves.Replace("ELSEWHERE", elsewhere, StringComparison.Ordinal)}; echo 'Done 4096 a tar'");
        Assert.Contains(says, Assert.IsType<ArtifactRefused>(Ask(store, One)).Reason, StringComparison.Ordinal);
        Assert.False(Directory.Exists(store.PathOf(One)));
        Assert.Equal("s", File.ReadAllText(Path.Combine(elsewhere, "secret")));
    }

    [Theory]
    [InlineData("echo 'Done 4096 a tar'; exit 3", "what fetches it ended with 3")]
    [InlineData("echo '1 4096 a tar'; exit 0", "what fetches it ended with 0: 1 4096 a tar")]
    [InlineData("exit 0", "what fetches it ended with 0")]
    public void Who_does_not_end_well_has_fetched_nothing(string does, string says) =>
        Assert.Contains(says, Assert.IsType<ArtifactRefused>(Ask(Store($"mkdir $TREE; {does}"), One)).Reason, StringComparison.Ordinal);

    [Fact]
    public void What_a_fetcher_says_is_shown_without_what_it_does_to_a_terminal()
    {
        var said = Assert.IsType<ArtifactRefused>(Ask(Store("printf 'Refused 0 has a \\033[2J name\\n'"), One)).Reason;
        Assert.StartsWith("has a ?[2J name", said, StringComparison.Ordinal);
    }

    /// <summary>A new generation with the same artifact stops the slot, and asks for it again at once.</summary>
    [Fact]
    public async Task Who_asks_again_after_it_was_called_off_is_answered_by_a_fetch_of_its_own()
    {
        // The first waits until nobody waits for it; the second finds its mark.
        var store = Store("if [ -e $folder/../called-off ]; then mkdir -p $TREE; echo 'Done 4096 a tar'; exit 0; fi; touch $folder/../called-off; cat > /dev/null; exit 1");
        Submit(store, One);
        await Eventually.Holds(() => File.Exists(Path.Combine(Folder, "called-off")));
        store.Submit(new ReleaseArtifact(Slot));
        var id = Submit(store, One);
        var answer = _inputs.Next<ArtifactAnswer>(a => a is not ArtifactComes);
        Assert.Equal((id, "a tar"), (answer.Request.Id, Assert.IsType<ArtifactReady>(answer).Detail));
    }

    [Fact]
    public async Task Who_does_not_end_when_it_is_told_to_is_ended_and_the_next_one_has_its_turn()
    {
        var store = Store("case $sha in 1*) exec sleep 1000 ;; esac; mkdir $TREE; echo 'Done 4096 a tar'");
        Submit(store, One);
        store.Submit(new ReleaseArtifact(Slot));
        Submit(store, Two);
        await PassUntil(() => Directory.Exists(store.PathOf(Two)));
        Assert.IsType<ArtifactReady>(_inputs.Next<ArtifactAnswer>(a => a is not ArtifactComes));
    }

    [Theory]

    // Nothing new comes: five times, and that is that.
    [InlineData("echo 'Waits 0 does not come: 503'", 5, "does not come: 503")]

    // Each time there is more of it.
    [InlineData("if [ $(wc -l < $asked) -lt 9 ]; then echo \"Waits $(wc -l < $asked) does not come: cut off\"; else mkdir $TREE; echo 'Done 4096 a tar'; fi", 9, "")]

    // The server is back.
    [InlineData("if [ $(wc -l < $asked) -lt 4 ]; then echo 'Waits 0 does not come: 503'; else mkdir $TREE; echo 'Done 4096 a tar'; fi", 4, "")]
    public async Task A_server_that_is_away_is_asked_again_while_that_is_of_use(string does, int times, string says)
    {
        var store = Store($"asked=$folder/../asked; echo x >> $asked; {does}");
        Submit(store, One);
        var asked = Path.Combine(Folder, "asked");
        ArtifactAnswer? answer = null;
        await PassUntil(() => (answer = _inputs.TryNext<ArtifactAnswer>(a => a is not ArtifactComes)) is not null);
        Assert.Equal(says, (answer as ArtifactRefused)?.Reason ?? "");
        Assert.Equal(times, File.ReadAllLines(asked).Length);
    }

    [Fact]
    public void One_that_waits_for_its_server_lets_the_others_go_first()
    {
        var store = Store("case $sha in 1*) echo 'Waits 0 does not come: 503' ;; *) mkdir $TREE; echo 'Done 4096 a tar' ;; esac");
        Submit(store, One, "a");
        Assert.IsType<ArtifactReady>(Ask(store, Two, "b"));
    }

    [Fact]
    public void What_was_refused_is_fetched_again_when_that_was_long_ago()
    {
        var store = Store("if [ -e $folder/../mended ]; then mkdir $TREE; echo 'Done 4096 a tar'; else echo 'Refused 0 is another'; fi");
        Assert.Equal("is another", Assert.IsType<ArtifactRefused>(Ask(store, One)).Reason);
        File.WriteAllText(Path.Combine(Folder, "mended"), "");
        Assert.Equal("is another (it is not fetched again for 10 min)", Assert.IsType<ArtifactRefused>(Ask(store, One)).Reason);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.IsType<ArtifactReady>(Ask(store, One));
    }

    [Fact]
    public void A_fetcher_that_says_too_much_is_heard_at_the_agent_s_pace()
    {
        var store = Store("i=0; while [ $i -lt 20000 ]; do echo 'Comes 0 fetching'; i=$((i + 1)); done; mkdir $TREE; echo 'Done 4096 a tar'");
        Submit(store, One);
        var heard = 0;
        Assert.IsType<ArtifactReady>(_inputs.Next<ArtifactAnswer>(a => a is not ArtifactComes || ++heard < 0));
        Assert.InRange(heard, 1, 10);
    }

    [Fact]
    public void What_is_there_is_used_also_where_nothing_can_be_written_down()
    {
        var store = Store("mkdir $TREE; echo 'Done 4096 a tar'");
        Assert.IsType<ArtifactReady>(Ask(store, One));

        // As root a mode hinders nobody; a file in a folder's place does.
        store.Submit(new ReleaseArtifact(Slot));
        Ask(store, One);
        Directory.Delete(Path.Combine(Folder, "uses"), recursive: true);
        File.WriteAllText(Path.Combine(Folder, "uses"), "");
        Assert.IsType<ArtifactReady>(Ask(store, One));
        Assert.Contains("can't be kept on the device", Assert.IsType<ArtifactRefused>(Ask(store, Two)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_without_room_gets_what_nobody_uses()
    {
        var store = Store("case $sha in 2*) if [ -e $folder/../1*1 ]; then echo 'NoRoom 0 has no room on the device'; exit 1; fi ;; esac; mkdir $TREE; echo 'Done 4096 a tar'");
        Assert.IsType<ArtifactReady>(Ask(store, One));
        Assert.Contains("no room", Assert.IsType<ArtifactRefused>(Ask(store, Two, "other")).Reason, StringComparison.Ordinal);
        store.Submit(new ReleaseArtifact(Slot));
        Assert.IsType<ArtifactReady>(Ask(store, Two, "other"));
        Assert.False(Directory.Exists(store.PathOf(One)));
    }

    [Fact]
    public void What_was_too_large_is_tried_again_when_something_is_used_no_more()
    {
        var store = Store("case $sha in 2*) if [ ! -e $folder/../may ]; then echo 'TooLarge 0 is larger than what is left'; exit 1; fi ;; esac; mkdir $TREE; echo 'Done 4096 a tar'");
        Assert.IsType<ArtifactReady>(Ask(store, One));
        Assert.IsType<ArtifactRefused>(Ask(store, Two, "other"));
        File.WriteAllText(Path.Combine(Folder, "may"), "");
        store.Submit(new ReleaseArtifact(new SlotId(WorkloadName.Parse("other"), 0)));
        Assert.Contains("not fetched again", Assert.IsType<ArtifactRefused>(Ask(store, Two, "other")).Reason, StringComparison.Ordinal);
        store.Submit(new ReleaseArtifact(Slot));
        Assert.IsType<ArtifactReady>(Ask(store, Two, "other"));
    }

    /// <summary>An agent that comes back knows what is used by units that went on, and forgets the rest.</summary>
    [Fact]
    public void What_slots_use_is_known_to_the_next_agent()
    {
        const string Fetch = "mkdir $TREE; echo 'Done 700000 a tar'";
        var store = Store(Fetch);
        Assert.IsType<ArtifactReady>(Ask(store, One));
        Assert.IsType<ArtifactReady>(Ask(store, Two, "other"));
        var next = Store(Fetch, disk: 1_500_000);
        next.Submit(new KeepArtifacts([Slot]));
        Assert.IsType<ArtifactReady>(Ask(next, new Artifact("https://a.example/three", new string('3', Artifact.DigestLength)), "third"));
        Assert.True(Directory.Exists(next.PathOf(One)));
        Assert.False(Directory.Exists(next.PathOf(Two)));
    }

    public void Dispose()
    {
        _stores.ForEach(s => s.Dispose());
        _inputs.Dispose();
        _folder.Dispose();
    }

    private ArtifactStore Store(string does, long disk = 1 << 30)
    {
        var program = Path.Combine(_folder.Path, $"fetcher-{_stores.Count}");
        File.WriteAllText(program, $"{Begin}\n{does}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var store = new ArtifactStore(new ArtifactOptions(Folder, program) { DiskMax = disk }, _inputs, _time);
        _stores.Add(store);
        return store;
    }

    /// <summary>The store's time goes on, quickly.</summary>
    private Task PassUntil(Func<bool> holds) => Eventually.Holds(() =>
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        return holds();
    });

    private long Submit(ArtifactStore store, Artifact artifact, string workload = "hello")
    {
        store.Submit(new FetchArtifact(new SlotId(WorkloadName.Parse(workload), 0), artifact, ++_lastId));
        return _lastId;
    }

    private ArtifactAnswer Ask(ArtifactStore store, Artifact artifact, string workload = "hello")
    {
        var id = Submit(store, artifact, workload);
        return _inputs.Next<ArtifactAnswer>(a => a is not ArtifactComes && a.Request.Id == id);
    }
}
