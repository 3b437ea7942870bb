using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>The disk, the words that wait for it, and the processes.</summary>
internal sealed partial class SmallNode
{
    private readonly SortedDictionary<WorkloadName, Intent> _keptIntents = [];
    private readonly SortedDictionary<SlotId, Claim> _keptClaims = [];

    /// <summary>Batches on their way to the disk, the oldest first.</summary>
    private readonly List<Batch> _unwritten = [];
    private readonly List<Write> _next = [];

    /// <summary>Words of which a batch must be on disk before.</summary>
    private readonly List<Waiting> _waiting = [];

    private readonly SortedDictionary<SlotId, Process> _processes = [];
    private readonly List<Operation> _operations = [];
    private int _lastPid;
    private TimeSpan? _fencedUntil;

    private const string FenceFell = "the fence of exclusive work fell";

    public IEnumerable<SlotId> Running => _processes.Values.Where(p => p.IsAlive).Select(p => p.Launch.Slot);

    /// <summary>When the fence falls, which the machine and not the agent does; null: none stands.</summary>
    public TimeSpan? FencedUntil => _fencedUntil;

    public bool HasUnwritten => _unwritten.Count > 0;

    public bool HasOperations => _operations.Count > 0;

    /// <summary>The oldest batch is on disk.</summary>
    public void Commit(Turn turn)
    {
        _turn = turn;
        foreach (var write in _unwritten[0].Writes.Items)
        {
            Apply(write);
        }

        _unwritten.RemoveAt(0);
        for (var i = 0; i < _waiting.Count; i++)
        {
            _waiting[i] = _waiting[i] with { Batches = _waiting[i].Batches - 1 };
        }

        foreach (var waiting in _waiting.Where(w => w.Batches <= 0))
        {
            Send(new Publish(waiting.Word));
        }

        _waiting.RemoveAll(w => w.Batches <= 0);
        EndTurn();
    }

    /// <summary>The runtime carries out the first of what it was asked for.</summary>
    public void Operate(Turn turn)
    {
        _turn = turn;
        var operation = _operations[0];
        _operations.RemoveAt(0);
        if (operation.Fence is { } until)
        {
            _fencedUntil = until;
            turn.Log("its fence stands");
            Step(new FenceStands(until, until > Clock.Now ? "" : "its time is past"));
        }
        else if (operation.Launch is not { } launch)
        {
            _processes.Remove(operation.Slot);
            turn.Log($"{operation.Slot} has no process left");
            Step(new WorkGone(operation.Slot));
        }
        else if (_processes.ContainsKey(operation.Slot) || (operation.IsFenced && _fencedUntil is null))
        {
            Step(new WorkEnded(launch, Succeeded: false, "a unit of this slot is left, or no fence stands"));
        }
        else
        {
            var process = new Process(launch, operation.Resources, $"edge-{launch.Slot.Workload}-{launch.Slot.Index}", ++_lastPid, operation.IsFenced);
            _processes.Add(launch.Slot, process);
            turn.Log($"{launch.Slot} runs, epoch {launch.Epoch}");
            turn.Held.Add((launch.Slot, launch.Epoch));
            if (_processes.Values.Sum(p => p.Resources.Cpu.Value) > setup.Capacity.Cpu.Value)
            {
                turn.Break($"{Id} runs more than it has room for: {string.Join(", ", _processes.Keys)}");
            }

            Step(new WorkStarted(launch, process.Unit, process.Pid));
        }

        EndTurn();
    }

    /// <summary>The machine ends all exclusive work, whether there is an agent or not.</summary>
    public void DropFence(Turn turn)
    {
        _turn = turn;
        _fencedUntil = null;
        foreach (var process in _processes.Values.Where(p => p is { IsFenced: true, IsAlive: true }).ToList())
        {
            _processes[process.Launch.Slot] = process with { IsAlive = false };
            turn.Log($"{process.Launch.Slot} is ended by the machine");
            if (IsAlive)
            {
                Step(new WorkEnded(process.Launch, Succeeded: false, FenceFell));
            }
        }

        EndTurn();
    }

    private void Say(SayClaim e)
    {
        if (e.Claim.Phase == ClaimPhase.Released && Running.Contains(e.Claim.Slot))
        {
            _turn!.Break($"{Id} says that it has released {e.Claim.Slot}, whose process is still there");
        }

        if (e.IsKept)
        {
            Keep(new KeptClaim(e.Claim));
        }

        Publish(new ClaimWord(e.Claim), OpenBatchOf(e.Claim.Slot));
    }

    private void Keep(Write write)
    {
        _next.RemoveAll(w => w.Key == write.Key);
        _next.Add(write);
    }

    /// <summary>How many batches have to be written before all words on this slot are on disk.</summary>
    private int OpenBatchOf(SlotId slot)
    {
        var key = KeptClaim.Of(slot);
        return _next.Exists(w => w.Key == key) ? _unwritten.Count + 1 : _unwritten.FindLastIndex(b => b.Writes.Items.Any(w => w.Key == key)) + 1;
    }

    /// <summary>A word that still waits is replaced by its topic's next one.</summary>
    private void Publish(Word word, int batches = 0)
    {
        if (_link == LinkStep.Down)
        {
            return;
        }

        var index = _waiting.FindIndex(w => w.Word.Topic == word.Topic);
        if (index >= 0)
        {
            _waiting[index] = new Waiting(word, batches);
        }
        else if (batches > 0)
        {
            _waiting.Add(new Waiting(word, batches));
        }
        else
        {
            Send(new Publish(word));
        }
    }

    private void Send(Upward message)
    {
        if (_link != LinkStep.Down)
        {
            _turn!.Sent.Add(message);
        }

        if (_link != LinkStep.Down && message is Publish { Word: ClaimWord { Claim: { IsStarted: true } claim } })
        {
            _turn!.Held.Add((claim.Slot, claim.Epoch));
        }
    }

    private void EndTurn()
    {
        FollowWhatIsNew();
        if (_next.Count > 0)
        {
            _unwritten.Add(new Batch(new Writes([.. _next]), Clock.Now + setup.Timing.Delay));
            _next.Clear();
        }

        foreach (var waiting in _waiting.Where(w => w.Batches <= 0))
        {
            Send(new Publish(waiting.Word));
        }

        _waiting.RemoveAll(w => w.Batches <= 0);
        _turn = null;
    }

    private void Apply(Write write)
    {
        switch (write)
        {
            case KeptIntent w:
                _keptIntents[w.Intent.Workload] = w.Intent;
                break;
            case RemovedIntent w:
                _keptIntents.Remove(w.Workload);
                break;
            case KeptClaim w:
                _keptClaims[w.Claim.Slot] = w.Claim;
                break;
            case RemovedClaim w:
                _keptClaims.Remove(w.Slot);
                break;
        }
    }

    private readonly record struct Batch(Writes Writes, TimeSpan By);

    private readonly record struct Waiting(Word Word, int Batches);

    private sealed record Process(Launch Launch, Resources Resources, string Unit, int Pid, bool IsFenced) : IText
    {
        public bool IsAlive { get; init; } = true;
    }

    /// <summary>A start, or with a time a fence, or else a stop.</summary>
    private readonly record struct Operation(SlotId Slot, Launch? Launch, Resources Resources, bool IsFenced, TimeSpan? Fence, TimeSpan By);
}
