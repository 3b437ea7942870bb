using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>
/// The device's artifacts. What is asked is done one after the other on a thread that may wait for the disk; beside it one archive is fetched at a time, by a process of its own (<see cref="FetchWorker"/>), while the others wait
/// for it; one whose server can't be reached lets the others go first. An agent whose work has none has no thread for this.
/// </summary>
public sealed class ArtifactStore : IArtifacts, IDisposable
{
    private const int EntriesMax = 100_000;
    private const long ReserveMin = 32L << 20;
    private const long ReserveMax = 1L << 30;
    private const int ReserveShare = 20;

    private readonly ArtifactOptions _options;
    private readonly IInputSink _sink;
    private readonly TimeProvider _time;
    private readonly ArtifactFolder _folder;
    private readonly Refusals _refusals;
    private readonly Retries _retries;
    private readonly ITimer _wake;
    private readonly Dictionary<SlotId, FetchArtifact> _waiting = [];
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private Artifact? _fetching;
    private FetchChild? _child;
    private bool _isCalledOff;
    private bool _isEnding;

    public ArtifactStore(ArtifactOptions options, IInputSink sink, TimeProvider time)
    {
        (_options, _sink, _time, _folder, _refusals, _retries) = (options, sink, time, new ArtifactFolder(options), new Refusals(time), new Retries(time));
        _wake = time.CreateTimer(_ => Next(Begin), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Lack = LackOf(options);
    }

    public string Lack { get; }

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
                Next(() => Fetch(e));
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

        _wake.Dispose();
    }

    private void Fetch(FetchArtifact request)
    {
        try
        {
            _folder.Use(request.Slot, request.Artifact);
            if (_folder.Has(request.Artifact))
            {
                _sink.Post(new ArtifactReady(request, ""));
            }
            else if (Hindrance(request.Artifact) is { Length: > 0 } reason)
            {
                _sink.Post(new ArtifactRefused(request, reason));
            }
            else
            {
                _waiting[request.Slot] = request;
                Begin();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _sink.Post(new ArtifactRefused(request, $"can't be kept on the device: {e.Message}"));
        }
    }

    private void Release(SlotId slot)
    {
        if (_waiting.Remove(slot, out var request) && !Waits(request.Artifact))
        {
            _retries.Forget(request.Artifact);
            CallOff(request.Artifact);
        }

        if (_folder.Release(slot))
        {
            _refusals.RoomCame();
        }
    }

    private void CallOff(Artifact artifact)
    {
        lock (_gate)
        {
            if (artifact == _fetching)
            {
                _isCalledOff = true;
                _child?.Cancel();
            }
        }
    }

    private bool Waits(Artifact artifact) => _waiting.Values.Any(r => r.Artifact == artifact);

    /// <summary>Why it isn't even tried; empty: it is.</summary>
    private string Hindrance(Artifact artifact) =>
        _refusals.Of(artifact) is { Length: > 0 } reason ? reason
        : new Uri(artifact.Url).Scheme == "http" && !_options.AllowsHttp ? "is to come by http, which this node does not do: use https, or say [Artifacts] Http=yes in its agent.conf"
        : _folder.Hindrance();

    private void Begin()
    {
        if (_fetching is not null || _isEnding || _waiting.Count == 0)
        {
            return;
        }

        var artifact = _waiting.OrderBy(w => w.Key).Select(w => w.Value.Artifact).MinBy(_retries.WaitOf)!;
        if (_retries.WaitOf(artifact) is { Ticks: > 0 } wait)
        {
            _wake.Change(wait, Timeout.InfiniteTimeSpan);
            return;
        }

        lock (_gate)
        {
            (_fetching, _isCalledOff) = (artifact, false);
        }

        try
        {
            var request = RequestFor(artifact);
            if (request.UnpackedMax > 0)
            {
                new Thread(() => Run(artifact, request), maxStackSize: 256 * 1024) { IsBackground = true, Name = "artifact" }.Start();
                return;
            }

            Ended(artifact, new FetchWord(FetchWordKind.TooLarge, "has no room: what is used here takes all that artifacts may have ([Artifacts] Disk)"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Ended(artifact, new FetchWord(FetchWordKind.Failed, $"can't be asked for, a file of [Artifacts] can't be read: {e.Message}"));
        }
    }

    private FetchRequest RequestFor(Artifact artifact)
    {
        var left = _folder.Left();
        var request = new FetchRequest(artifact.Url, artifact.Sha256, _options.Incoming)
        {
            ArchiveMax = left,
            UnpackedMax = left,
            EntriesMax = EntriesMax,
            Reserve = Math.Clamp(new DriveInfo(_options.Folder).TotalSize / ReserveShare, ReserveMin, ReserveMax),
            Rate = _options.Rate,
            Authorities = _options.CaFile is { } file ? Convert.ToBase64String(File.ReadAllBytes(file)) : "",
        };
        return _options.StoreOf(new Uri(artifact.Url)) is { } store ? request with { Region = store.Region, Key = File.ReadAllText(store.KeyFile).Trim() } : request;
    }

    private void Run(Artifact artifact, FetchRequest request)
    {
        var word = new FetchWord(FetchWordKind.Failed, "is not fetched: the agent ends");
        try
        {
            using var child = new FetchChild(_options, request, _time);
            lock (_gate)
            {
                _child = child;
                if (_isEnding || _isCalledOff)
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
        foreach (var (_, request) in _waiting.OrderBy(w => w.Key))
        {
            _sink.Post(new ArtifactComes(request, request.Artifact == artifact ? text : "waits for another artifact, which is being fetched"));
        }
    }

    private void Ended(Artifact artifact, FetchWord word)
    {
        word = word.Kind == FetchWordKind.Done ? Adopt(artifact, word) : word;
        bool isCalledOff;
        lock (_gate)
        {
            (_fetching, isCalledOff, _isCalledOff) = (null, _isCalledOff, false);
        }

        // Whoever waits for it now has asked after it was called off, or is served by what could be removed, or when its server may be there again.
        var goesOn = word.Kind switch
        {
            FetchWordKind.Done => false,
            FetchWordKind.NoRoom => isCalledOff || _folder.Trim(0),
            FetchWordKind.Waits => isCalledOff || _retries.Take(artifact, word.Bytes),
            _ => isCalledOff,
        };
        if (!goesOn)
        {
            _retries.Forget(artifact);
            _refusals.Take(artifact, word);
            Answer(artifact, word);
        }

        Begin();
    }

    private FetchWord Adopt(Artifact artifact, FetchWord word)
    {
        try
        {
            _folder.Adopt(artifact, word.Bytes);
            return word;
        }
        catch (ArtifactRefusedException e)
        {
            return new FetchWord(FetchWordKind.Refused, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FetchWord(FetchWordKind.Failed, $"can't be kept on the device: {e.Message}");
        }
    }

    private void Answer(Artifact artifact, FetchWord word)
    {
        foreach (var request in _waiting.Values.Where(r => r.Artifact == artifact).OrderBy(r => r.Slot).ToList())
        {
            _waiting.Remove(request.Slot);
            _sink.Post(word.Kind == FetchWordKind.Done ? new ArtifactReady(request, word.Text) : new ArtifactRefused(request, word.Text));
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
            _sink.Post(new RuntimeTrouble(_options.Folder, $"what artifacts have left in {_options.Folder} can't be cleared away: {e.Message}"));
        }
    }
}
