using System.Globalization;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>
/// Checks beside units of the process runtime, each under an edge-shim of its own, which answers with one line and ends all of it when its time is over or
/// when nobody reads its answer any more, as after the agent's end. For the runtime's thread.
/// </summary>
internal sealed class ProcessChecks(ProcessRuntimeOptions options, IInputSink sink) : IDisposable
{
    private const int AnswerBytesMax = 1024;

    private readonly List<Check> _all = [];

    public int Count => _all.Count;

    /// <summary>For poll(2): readable when it has answered.</summary>
    public int FdOf(int index) => _all[index].Answer.Fd;

    public void Start(RuntimeCheck request, string mark)
    {
        var slot = request.Spec.Tag.Slot;
        try
        {
            using var spec = Descriptor.OfMemory(UnitFolder.CheckText(request.Spec, mark));
            var (answer, end) = Descriptor.OfPipe();
            using (end)
            {
                _all.Add(new Check(request.Id, slot, Spawn.Start(options.ShimPath, "--check", mark, spec, end), answer));
            }
        }
        catch (IOException e)
        {
            sink.Post(new UnitChecked(slot, request.Id, CheckOutcome.NotRun, e.Message));
        }
    }

    /// <summary>False where none of this slot runs; else it is ended, and <paramref name="then"/> happens when nothing of it is left.</summary>
    public bool Cancel(SlotId slot, Action then)
    {
        if (_all.Find(c => c.Slot == slot) is not { } check)
        {
            return false;
        }

        using var shim = Descriptor.OfProcess(check.Shim);
        _ = shim?.Signal(Libc.Terminate);
        check.Then = then;
        return true;
    }

    /// <summary>Takes the answers that have come.</summary>
    public void Turn()
    {
        Span<byte> bytes = stackalloc byte[AnswerBytesMax];
        foreach (var check in _all.Where(c => c.Answer.IsReadable()).ToList())
        {
            var had = check.Said.Length;
            check.Said += Encoding.UTF8.GetString(bytes[..check.Answer.Read(bytes)]);
            if (check.Said.Length == had || had > AnswerBytesMax)
            {
                End(check);
            }
        }
    }

    /// <summary>What runs ends by itself: its answer has no reader.</summary>
    public void Dispose() => _all.ForEach(c => c.Answer.Dispose());

    private unsafe void End(Check check)
    {
        check.Answer.Dispose();
        _all.Remove(check);
        int status;
        _ = Libc.WaitPid(check.Shim, &status, 0);
        var (outcome, detail) = check.Then is null ? Read(check.Said) : (CheckOutcome.NotRun, "");
        sink.Post(new UnitChecked(check.Slot, check.Id, outcome, detail));
        check.Then?.Invoke();
    }

    /// <summary>Its line: how it ended, a number, and the last that it wrote.</summary>
    private static (CheckOutcome, string) Read(string said)
    {
        var parts = said.TrimEnd('\n').Split(' ', 3);
        if (parts.Length < 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            return (CheckOutcome.NotRun, "its supervisor was killed");
        }

        return parts[0] == "exit" && status == 0 ? (CheckOutcome.Passed, "") : (CheckOutcome.Failed, parts[0] switch
        {
            "exit" => CheckText.Exit(status, parts[2]),
            "signal" => CheckText.Signal(status, parts[2]),
            "late" => CheckText.Late(parts[2]),
            _ => CheckText.NotStarted(parts[2]),
        });
    }

    private sealed class Check(long id, SlotId slot, int shim, Descriptor answer)
    {
        public long Id => id;

        public SlotId Slot => slot;

        public int Shim => shim;

        public Descriptor Answer => answer;

        public string Said { get; set; } = "";

        /// <summary>It is being ended, and this waits for that.</summary>
        public Action? Then { get; set; }
    }
}
