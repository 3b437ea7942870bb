using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary>What an adapter answers in its own time: questions about the machine, and acts on its units.</summary>
internal sealed partial class CommandDesk
{
    /// <summary>Who asked is told that there is no answer after this long.</summary>
    public static readonly TimeSpan InspectionPatience = TimeSpan.FromSeconds(8);

    /// <summary>Who wanted a unit started is told after this long that it isn't through; systemd's own limits are mostly shorter.</summary>
    public static readonly TimeSpan ActionPatience = TimeSpan.FromSeconds(100);

    private readonly PendingAnswers _inspections = new(NodeLimits.InspectionsMax);
    private readonly PendingAnswers _actions = new(NodeLimits.UnitActionsMax);

    public void Take(InspectAnswer e)
    {
        if (_inspections.Take(e.Id) is { } answer)
        {
            Say(answer, e.Json, isEnd: true, e.Error);
        }
    }

    public void Take(UnitActed e)
    {
        if (_actions.Take(e.Id) is { } answer)
        {
            Say(answer, default, isEnd: true, e.Error);
        }
    }

    private TimeSpan? PendingDeadline => Earlier(_inspections.Deadline, _actions.Deadline);

    private void Inspect(Command command, Answer answer)
    {
        if (_inspections.IsFull)
        {
            Refuse(answer, $"{options.Node} answers {NodeLimits.InspectionsMax} such questions at most at once: ask again in a moment");
            return;
        }

        var id = _inspections.Add(answer, clock.Now + InspectionPatience);
        ports.Inspector.Submit(new InspectRequest(id, command.Verb, command.Arguments, [.. units.Values]));
    }

    private void Act(UnitVerb verb, Command command, Answer answer)
    {
        if (_actions.IsFull)
        {
            Refuse(answer, $"{options.Node} acts on {NodeLimits.UnitActionsMax} units at most at once: ask again in a moment");
            return;
        }

        ports.UnitActions.Submit(new UnitAction(_actions.Add(answer, clock.Now + ActionPatience), verb, command.Arguments.GetValueOrDefault("unit", "")));
    }

    private void ForgetPending()
    {
        _inspections.Forget();
        _actions.Forget();
    }

    private void EndPending()
    {
        if (PendingDeadline is not { } deadline || clock.Now < deadline)
        {
            return;
        }

        foreach (var answer in _inspections.TakeLate(clock.Now))
        {
            Refuse(answer, $"{options.Node} has not found the answer within {InspectionPatience.TotalSeconds} s: it is very busy, or a disk of it hangs");
        }

        foreach (var answer in _actions.TakeLate(clock.Now))
        {
            Refuse(answer, $"it goes on, but isn't done after {ActionPatience.TotalSeconds} s: edgectl status {options.Node} UNIT says how far it is");
        }
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;
}
