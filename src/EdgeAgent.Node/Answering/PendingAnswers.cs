namespace EdgeAgent.Node.Answering;

/// <summary>
/// Answers that an adapter owes. One whose asker is gone, or was told that it takes too long, has no answer to give any more, but counts until the adapter
/// is through with it.
/// </summary>
internal sealed class PendingAnswers(int max)
{
    private readonly Dictionary<long, Answer?> _answers = [];
    private long _next = 1;

    public bool IsFull => _answers.Count >= max;

    public TimeSpan? Deadline => _answers.Count == 0 ? null : _answers.Values.Min(a => a?.Until);

    /// <summary>The number by which the adapter knows it.</summary>
    public long Add(Answer answer, TimeSpan until)
    {
        answer.Until = until;
        _answers[_next] = answer;
        return _next++;
    }

    /// <summary>Null where nobody waits for it any more.</summary>
    public Answer? Take(long id) => _answers.Remove(id, out var answer) ? answer : null;

    /// <summary>Those whose time is over.</summary>
    public List<Answer> TakeLate(TimeSpan now)
    {
        var late = new List<Answer>();
        foreach (var (id, answer) in _answers.Where(a => a.Value?.Until <= now).ToList())
        {
            late.Add(answer!);
            _answers[id] = null;
        }

        return late;
    }

    public void Forget()
    {
        foreach (var id in _answers.Keys.ToList())
        {
            _answers[id] = null;
        }
    }
}
