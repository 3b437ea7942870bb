using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node;

/// <summary>What operators say of the node itself: kept, obeyed, and told.</summary>
public sealed partial class NodeLoop
{
    /// <summary>What was kept stands before anything else happens: a node that was cordoned is so from its first step on.</summary>
    private void RestoreMarks(StoredState stored)
    {
        if (stored.Marks.IsEmpty)
        {
            return;
        }

        var error = WordCodec.TryReadMarks(stored.Marks, out var marks);
        if (error.IsError)
        {
            _teller.Tell(Severity.Error, "StoredMarksRefused", _options.Node.Value, error.Fault.ToString(), $"what operators said of this node can't be read, and stands no more: {error.Message}", isEvent: true);
            return;
        }

        _marks.Marks = marks;
        _options = _options with { Labels = _marks.Labels, Taints = _marks.Taints };
        _status.Options = _options;
        _core.Restore(Duty(), Settings());
    }

    /// <summary>Null, with the batch after which it is on disk; or why it is refused.</summary>
    private string? Mark(Command command, out long batch)
    {
        batch = 0;
        if (_keeper.Failure is { } failure)
        {
            return $"its store can't be written, and what isn't kept would be forgotten: {failure}";
        }

        if (_marks.TryApply(command, out var wanted) is { } refusal)
        {
            return refusal;
        }

        batch = Keep(wanted);
        Obey();
        _teller.Tell(Severity.Notice, "NodeChanged", _options.Node.Value, ReasonOf(command.Verb), Sentence(command.Verb), isEvent: true);
        return null;
    }

    private long Keep(NodeMarks marks)
    {
        _marks.Marks = marks;
        return _keeper.Keep(new PutMarks(WordCodec.Write(marks)));
    }

    /// <summary>From now on the rules, the presence and the status are about the node as it is called now.</summary>
    private void Obey()
    {
        var (marks, wasCordoned) = (_marks.Marks, _core.IsCordoned);
        _options = _options with { Labels = _marks.Labels, Taints = _marks.Taints };
        _status.Options = _options;
        _toCore.Enqueue(Duty());
        _toCore.Enqueue(Settings());
        StepAll();
        if (wasCordoned != marks.IsCordoned)
        {
            _link.SayPresence();
        }

        _status.SaySoon();
    }

    private DutyChanged Duty() => new(_marks.Marks.IsCordoned, _marks.Marks.Drain, _marks.Marks.DrainOrder);

    private SettingsChanged Settings() => new(_options.Capacity, _options.Labels, _options.Taints);

    private static string ReasonOf(string verb) => verb switch
    {
        "cordon" => "Cordoned",
        "uncordon" => "Uncordoned",
        "drain" => "Draining",
        "label" => "Labelled",
        _ => "Tainted",
    };

    private string Sentence(string verb) => verb switch
    {
        "cordon" => "an operator keeps new work off this node (edgectl uncordon ends that)",
        "uncordon" => "an operator lets work come to this node again",
        "drain" => $"an operator wants this node's work elsewhere{(_marks.Marks.Drain == DrainScope.Pinned ? ", what is pinned too" : "")}",
        "label" => $"labels: {string.Join(", ", _options.Labels.Select(l => $"{l.Key}={l.Value}"))}",
        _ => $"taints: {string.Join(", ", _options.Taints)}",
    };
}
