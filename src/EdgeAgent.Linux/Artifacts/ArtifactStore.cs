using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>
/// The device's artifacts. What is asked is done one after the other on a thread that may wait for the disk; beside it one archive is fetched at a time, by a process of its own (<see cref="FetchWorker"/>), while the others wait
/// for it; one whose server can't be reached lets the others go first. An agent whose work has none has no thread for this.
/// </summary>
public sealed class ArtifactStore(ArtifactOptions options, IInputSink sink) : IArtifacts, IDisposable
{
    private const int EntriesMax = 100_000;
    private const long ReserveMin = 32L << 20;
    private const long ReserveMax = 1L << 30;
    private const int ReserveShare = 20;

    /// <summary>What was refused for what it is isn't fetched again for so long: a link that is paid by the byte isn't to be used up for nothing.</summary>
    private static readonly TimeSpan RefusalHolds = TimeSpan.FromMinutes(10);

    /// <summary>How often a server that can't be reached is asked, at a growing pace, before whoever waits is told that nothing comes.</summary>
    private const int AttemptsMax = 5;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);

    /// <summary>Two clocks aren't one: what is due is looked for when it surely is.</summary>
    private static readonly TimeSpan AfterIt = TimeSpan.FromMilliseconds(100);

    private readonly ArtifactFolder _folder = new(options);
    private readonly Dictionary<SlotId, Artifact> _waiting = [];
    private readonly Dictionary<Artifact, (string Reason, long Until)> _refused = [];
    private readonly Dictionary<Artifact, (int Attempts, long NotBefore)> _later = [];
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private Artifact? _fetching;
    private FetchChild? _child;
    private bool _isEnding;

    public string Lack { get; } = LackOf(options);

    /// <summary>Why none can be fetched here, for a person; empty: they can.</summary>
    public static string LackOf(ArtifactOptions options) => Fetching.ArchiveFormat.Find("curl") is null ? "curl is not installed" : FetchChild.LackOf(options);

    /// <summary>What is unpacked here, and what of it would be with which program, for a person.</summary>
    public static IEnumerable<string> Formats() => Fetching.ArchiveFormat.All.Select(f => f.Program.Length == 0 || Fetching.ArchiveFormat.Find(f.Program) is not null ? f.Name : $"{f.Name} (not without {f.Program})");

    public string PathOf(Artifact artifact) => _folder.PathOf(artifact);

    public void Submit(ArtifactRequest request)
    {
        switch (request)
        {
            case FetchArtifact e:
                Next(() => Fetch(e.Slot, e.Artifact));
                break;
            case ReleaseArtifact e:
                Next(() => Release(e.Slot));
                break;
            case KeepArtifacts e:
                Next(() => _folder.Begin(e.Slots));
                break;
        }
    }

    /// <summary>A fetch that is under way ends; what has come is kept.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            _child?.Cancel();
        }
    }

    private void Fetch(SlotId slot, Artifact artifact)
    {
        try
        {
            _folder.Use(slot, artifact);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            sink.Post(new ArtifactRefused(slot, artifact, $"can't be kept on the device: {e.Message}"));
            return;
        }

        if (_folder.Has(artifact))
        {
            sink.Post(new ArtifactReady(slot, artifact, ""));
        }
        else if (Hindrance(artifact) is { Length: > 0 } reason)
        {
            sink.Post(new ArtifactRefused(slot, artifact, reason));
        }
        else
        {
            _waiting[slot] = artifact;
            Begin();
        }
    }

    private void Release(SlotId slot)
    {
        _folder.Release(slot);
        if (!_waiting.Remove(slot, out var artifact) || _waiting.ContainsValue(artifact))
        {
            return;
        }

        _later.Remove(artifact);
        if (artifact == _fetching)
        {
            lock (_gate)
            {
                _child?.Cancel();
            }
        }
    }

    /// <summary>Why it isn't even tried; empty: it is.</summary>
    private string Hindrance(Artifact artifact)
    {
        if (_refused.TryGetValue(artifact, out var refusal))
        {
            var left = TimeSpan.FromMilliseconds(refusal.Until - Environment.TickCount64);
            if (left > TimeSpan.Zero)
            {
                return $"{refusal.Reason} (it is not fetched again for {Math.Ceiling(left.TotalMinutes)} min)";
            }

            _refused.Remove(artifact);
        }

        return new Uri(artifact.Url).Scheme == "http" && !options.AllowsHttp ? "is to come by http, which this node does not do: use https, or say [Artifacts] Http=yes in its agent.conf" : "";
    }

    private void Begin()
    {
        if (_fetching is not null || _waiting.Count == 0 || _isEnding)
        {
            return;
        }

        if (_waiting.OrderBy(w => w.Key).Select(w => w.Value).FirstOrDefault(a => _later.GetValueOrDefault(a).NotBefore <= Environment.TickCount64) is not { } artifact)
        {
            return;
        }

        if (_folder.Has(artifact))
        {
            Answer(artifact, slot => new ArtifactReady(slot, artifact, ""));
            Begin();
            return;
        }

        _fetching = artifact;
        try
        {
            var request = RequestFor(artifact);
            if (request.UnpackedMax > 0)
            {
                new Thread(() => Run(artifact, request), maxStackSize: 256 * 1024) { IsBackground = true, Name = "artifact" }.Start();
                return;
            }

            Ended(artifact, new FetchWord(FetchWordKind.Failed, "has no room: what is used here takes all that artifacts may have ([Artifacts] Disk)"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Ended(artifact, new FetchWord(FetchWordKind.Failed, $"can't be asked for, a file of [Artifacts] can't be read: {e.Message}"));
        }
    }

    private FetchRequest RequestFor(Artifact artifact)
    {
        var free = new DriveInfo(options.Folder);
        var left = _folder.Left();
        var request = new FetchRequest(artifact.Url, artifact.Sha256, options.Incoming)
        {
            ArchiveMax = left,
            UnpackedMax = left,
            EntriesMax = EntriesMax,
            Reserve = Math.Clamp(free.TotalSize / ReserveShare, ReserveMin, ReserveMax),
            Rate = options.Rate,
            Authorities = options.CaFile is { } file ? Convert.ToBase64String(File.ReadAllBytes(file)) : "",
        };
        return options.StoreOf(new Uri(artifact.Url)) is { } store ? request with { Region = store.Region, Key = File.ReadAllText(store.KeyFile).Trim() } : request;
    }

    private void Run(Artifact artifact, FetchRequest request)
    {
        var word = new FetchWord(FetchWordKind.Failed, "is not fetched: the agent ends");
        try
        {
            _folder.Make();
            using var child = new FetchChild(options, request);
            lock (_gate)
            {
                _child = child;
                if (_isEnding)
                {
                    child.Cancel();
                }
            }

            word = child.Follow(text => Next(() => Tell(artifact, text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            word = new FetchWord(FetchWordKind.Failed, $"could not be fetched: {e.Message}");
        }
        finally
        {
            lock (_gate)
            {
                _child = null;
            }
        }

        Next(() => Ended(artifact, word));
    }

    private void Tell(Artifact artifact, string text)
    {
        foreach (var (slot, wanted) in _waiting.OrderBy(w => w.Key))
        {
            sink.Post(new ArtifactComes(slot, wanted, wanted == artifact ? text : "waits for another artifact, which is being fetched"));
        }
    }

    private void Ended(Artifact artifact, FetchWord word)
    {
        _fetching = null;
        if (word.Kind == FetchWordKind.Waits && _later.GetValueOrDefault(artifact).Attempts + 1 is var attempts && attempts < AttemptsMax)
        {
            var wait = FirstWait * Math.Pow(2, attempts - 1);
            _later[artifact] = (attempts, Environment.TickCount64 + (long)wait.TotalMilliseconds);
            _ = Task.Delay(wait + AfterIt).ContinueWith(_ => Next(Begin), TaskScheduler.Default);
            Begin();
            return;
        }

        _later.Remove(artifact);
        if (word.Kind == FetchWordKind.Done)
        {
            try
            {
                _folder.Adopt(artifact, word.Bytes);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArtifactRefusedException)
            {
                word = new FetchWord(FetchWordKind.Failed, e is ArtifactRefusedException ? e.Message : $"can't be kept on the device: {e.Message}");
            }
        }

        if (word.Kind == FetchWordKind.Refused)
        {
            _refused[artifact] = (word.Text, Environment.TickCount64 + (long)RefusalHolds.TotalMilliseconds);
        }

        Answer(artifact, slot => word.Kind == FetchWordKind.Done ? new ArtifactReady(slot, artifact, word.Text) : new ArtifactRefused(slot, artifact, word.Text));
        Begin();
    }

    private void Answer(Artifact artifact, Func<SlotId, ArtifactAnswer> answer)
    {
        foreach (var slot in _waiting.Where(w => w.Value == artifact).Select(w => w.Key).ToList())
        {
            _waiting.Remove(slot);
            sink.Post(answer(slot));
        }
    }

    private void Next(Action act)
    {
        lock (_gate)
        {
            _last = _last.ContinueWith(_ => Do(act), TaskScheduler.Default);
        }
    }

    private void Do(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            sink.Post(new RuntimeTrouble(options.Folder, $"what artifacts have left in {options.Folder} can't be cleared away: {e.Message}"));
        }
    }
}
