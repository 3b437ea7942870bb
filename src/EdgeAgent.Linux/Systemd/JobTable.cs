namespace EdgeAgent.Linux.Systemd;

/// <summary>What became of a call that asked for a job.</summary>
public enum JobFate
{
    /// <summary>The job ended; how is <see cref="JobEnd.Result"/>, as org.freedesktop.systemd1(5) names it at JobRemoved.</summary>
    Ended,

    /// <summary>No job came of it: <see cref="JobEnd.Error"/>.</summary>
    Refused,

    /// <summary>The connection was lost before the call was answered: it was carried out or it wasn't.</summary>
    Unanswered,

    /// <summary>The connection was lost while the job was under way.</summary>
    Unheard,
}

/// <param name="Fate">Says which of the others counts.</param>
/// <param name="Result">Such as <c>done</c> or <c>dependency</c>.</param>
/// <param name="Error">Its D-Bus name and, for a person, its message.</param>
public readonly record struct JobEnd(JobFate Fate, string Result = "", (string Name, string Message) Error = default);

/// <summary>
/// Calls that ask systemd for jobs and don't wait: they are sent one behind the other, and which job each became, and how that ended, is heard later. For the
/// runtime's thread.
/// </summary>
public sealed class JobTable
{
    private const int EndsRememberedMax = 512;

    private readonly Dictionary<ulong, Action<JobEnd>> _calls = [];
    private readonly Dictionary<string, Action<JobEnd>> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ended = new(StringComparer.Ordinal);

    /// <summary>Calls without an answer.</summary>
    public int UnansweredCount => _calls.Count;

    /// <param name="call">The number that the call was sent under.</param>
    /// <param name="whenEnded">Called once, whatever becomes of it.</param>
    public void Expect(ulong call, Action<JobEnd> whenEnded) => _calls[call] = whenEnded;

    /// <summary>Systemd answered the call with the path of a job.</summary>
    public void Answered(ulong call, string job)
    {
        if (!_calls.Remove(call, out var asked))
        {
            return;
        }

        if (_ended.Remove(job, out var result))
        {
            asked(new JobEnd(JobFate.Ended, result));
        }
        else
        {
            _jobs[job] = asked;
        }
    }

    /// <summary>Systemd answered the call with an error.</summary>
    public void Refused(ulong call, (string Name, string Message) error)
    {
        if (_calls.Remove(call, out var asked))
        {
            asked(new JobEnd(JobFate.Refused, Error: error));
        }
    }

    /// <summary>JobRemoved was heard, of any job.</summary>
    public void Ended(string job, string result)
    {
        if (_jobs.Remove(job, out var asked))
        {
            asked(new JobEnd(JobFate.Ended, result));
        }
        else if (_calls.Count == 0)
        {
            _ended.Clear();
        }
        else if (_ended.Count < EndsRememberedMax)
        {
            // It may be one whose call isn't answered yet.
            _ended[job] = result;
        }
    }

    /// <summary>The connection: nothing more is told of these.</summary>
    public void Lost()
    {
        var (calls, jobs) = (_calls.Values.ToList(), _jobs.Values.ToList());
        _calls.Clear();
        _jobs.Clear();
        _ended.Clear();
        calls.ForEach(c => c(new JobEnd(JobFate.Unanswered)));
        jobs.ForEach(j => j(new JobEnd(JobFate.Unheard)));
    }
}
