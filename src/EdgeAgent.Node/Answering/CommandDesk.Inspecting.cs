using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary>Questions about the machine, that an adapter answers in its own time.</summary>
internal sealed partial class CommandDesk
{
    /// <summary>Who asked is told that there is no answer after this long.</summary>
    public static readonly TimeSpan InspectionPatience = TimeSpan.FromSeconds(8);

    // One that nobody waits for any more has no answer, but counts until the adapter is through with it.
    private readonly Dictionary<long, Answer?> _inspections = [];
    private long _nextInspection = 1;

    public void Take(InspectAnswer e)
    {
        if (_inspections.Remove(e.Id, out var answer) && answer is not null)
        {
            Say(answer, e.Json, isEnd: true, e.Error);
        }
    }

    private TimeSpan? InspectionDeadline => _inspections.Values.Min(a => a?.Until);

    private void Inspect(Command command, Answer answer)
    {
        if (_inspections.Count >= NodeLimits.InspectionsMax)
        {
            Refuse(answer, $"{options.Node} answers {NodeLimits.InspectionsMax} such questions at most at once: ask again in a moment");
            return;
        }

        answer.Until = clock.Now + InspectionPatience;
        _inspections[_nextInspection] = answer;
        inspector.Submit(new InspectRequest(_nextInspection++, command.Verb, command.Arguments, [.. units.Values]));
    }

    private void ForgetInspections()
    {
        foreach (var id in _inspections.Keys.ToList())
        {
            _inspections[id] = null;
        }
    }

    private void EndInspections()
    {
        foreach (var (id, answer) in _inspections.Where(i => i.Value?.Until <= clock.Now).ToList())
        {
            _inspections[id] = null;
            Refuse(answer!, $"{options.Node} has not found the answer within {InspectionPatience.TotalSeconds} s: it is very busy, or a disk of it hangs");
        }
    }
}
