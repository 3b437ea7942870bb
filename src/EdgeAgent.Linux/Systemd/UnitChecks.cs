using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Checks beside work, each a transient unit that runs once. Nothing waits for an answer: what became of one is heard as its job ends. For the runtime's thread.
/// </summary>
internal sealed class UnitChecks(SystemdRuntimeOptions options, UnitName names, JobTable jobs, IInputSink sink) : IDisposable
{
    private readonly List<Check> _all = [];

    public int Count => _all.Count;

    /// <summary>For poll(2): readable when it has written something. -1: not any more.</summary>
    public int FdOf(int index) => _all[index].IsOutputOver ? -1 : _all[index].Output.Fd;

    /// <param name="manager">Of this machine.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="work">The unit beside which it runs.</param>
    /// <param name="hold">What holds that.</param>
    public void Start(ManagerBus manager, RuntimeCheck request, string work, UnitHold hold)
    {
        var slot = request.Spec.Tag.Slot;
        try
        {
            var (output, end) = Descriptor.OfPipe();
            using (end)
            {
                Start(manager, request.Spec, work, hold, end, new Check(request.Id, names.OfCheck(slot), slot, output));
            }
        }
        catch (IOException e)
        {
            sink.Post(new UnitChecked(slot, request.Id, CheckOutcome.NotRun, e.Message));
        }
    }

    private void Start(ManagerBus manager, UnitSpec spec, string work, UnitHold hold, Descriptor output, Check check)
    {
        _all.Add(check);
        try
        {
            var call = manager.BeginTransient(check.Unit, m => CheckProperties.Write(m, spec, work, hold, output.Fd, options, manager.Version));
            jobs.Expect(call, end => Ended(manager, check, end));
        }
        catch (BusException e)
        {
            // Where it is the connection that is lost, whoever listens next finds that.
            End(check, CheckOutcome.NotRun, e.Message);
        }
    }

    /// <summary>Ends what runs of this slot. The work's unit is not forgotten before that of its check is.</summary>
    public void Stop(ManagerBus manager, SlotId slot)
    {
        if (_all.Exists(c => c.Slot == slot))
        {
            _ = manager.Begin(SystemdContract.StopUnit, names.OfCheck(slot));
        }
    }

    /// <summary>How one is doing: told before its job ends (org.freedesktop.systemd1(5), JobRemoved).</summary>
    public void Hear(UnitSignal signal)
    {
        // Most of what is heard is of work, and there are many signals when much of it starts.
        if (_all.Count > 0 && signal.Change is { } change && _all.Find(c => c.Path == signal.Path) is { } check)
        {
            check.Now = change.Apply(check.Now);
        }
    }

    /// <summary>Takes in what they have written.</summary>
    public void Read()
    {
        foreach (var check in _all)
        {
            check.Read();
        }
    }

    public void Dispose() => _all.ForEach(c => c.Output.Dispose());

    private void Ended(ManagerBus manager, Check check, JobEnd end)
    {
        check.Read();
        switch (end)
        {
            case { Fate: JobFate.Refused }:
                // Perhaps one that an agent before this one began is still there: it must not be in the way of the next.
                _ = manager.Begin(SystemdContract.StopUnit, check.Unit);
                End(check, CheckOutcome.NotRun, end.Error.Message);
                break;
            case { Fate: JobFate.Unanswered or JobFate.Unheard }:
                // It ends by itself.
                End(check, CheckOutcome.NotRun, "the connection to systemd was lost");
                break;
            case { Result: "done" }:
                End(check, CheckOutcome.Passed, "");
                break;
            case { Result: "failed" }:
                End(check, CheckOutcome.Failed, Describe(check.Now, check.LastLine));
                break;
            case { Result: "canceled" }:
                End(check, CheckOutcome.NotRun, "");
                break;
            default:
                End(check, CheckOutcome.NotRun, $"its start's job ended as '{end.Result}'");
                break;
        }
    }

    private static string Describe(UnitSnapshot now, string last)
    {
        if (now.Result == "timeout")
        {
            return CheckText.Late(last);
        }

        var (how, status, detail) = now.End(hasRun: false);
        return how switch
        {
            UnitResult.StartFailed => CheckText.NotStarted(detail),
            UnitResult.Killed => CheckText.Signal(status, last),
            UnitResult.ExitCode => CheckText.Exit(status, last),
            _ => detail,
        };
    }

    private void End(Check check, CheckOutcome outcome, string detail)
    {
        check.Output.Dispose();
        _all.Remove(check);
        sink.Post(new UnitChecked(check.Slot, check.Id, outcome, detail));
    }

    private sealed class Check(long id, string unit, SlotId slot, Descriptor output)
    {
        private const int ChunkBytes = 4096;

        /// <summary>What a pipe holds (pipe(7)), and one more: who writes without end isn't read without end.</summary>
        private const int ChunksMax = 17;

        private readonly LastLine _last = new();

        public long Id => id;

        public string Unit => unit;

        public string Path { get; } = UnitName.PathOf(unit);

        public SlotId Slot => slot;

        public Descriptor Output => output;

        public bool IsOutputOver { get; private set; }

        public string LastLine => _last.Text;

        public UnitSnapshot Now { get; set; } = UnitSnapshot.Blank;

        public void Read()
        {
            Span<byte> chunk = stackalloc byte[ChunkBytes];
            for (var i = 0; i < ChunksMax && !IsOutputOver && output.IsReadable(); i++)
            {
                var got = output.Read(chunk);
                IsOutputOver = got == 0;
                _last.Add(chunk[..got]);
            }
        }
    }
}
