using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary><c>reboot</c>: tried first, so that what is refused is said to nobody else; then told to the cell by the presence; then done.</summary>
internal sealed partial class CommandDesk
{
    /// <summary>A broker that doesn't acknowledge the presence holds off no restart.</summary>
    private static readonly TimeSpan TellingPatience = TimeSpan.FromSeconds(2);

    private RebootStep _reboot;
    private Answer? _rebootAnswer;
    private bool _overInhibitors;
    private TimeSpan? _rebootDue;

    private enum RebootStep
    {
        None,
        Trying,

        /// <summary>The presence that says it waits for its acknowledgement.</summary>
        Telling,
        Asking,

        /// <summary>It is begun: the agent will be ended.</summary>
        Begun,
    }

    public void Take(RebootAnswer e)
    {
        if (e is { IsTrial: true, Error: null })
        {
            (_reboot, _rebootDue) = (RebootStep.Telling, clock.Now + TellingPatience);
            teller.Note(Severity.Warning, "Restarting", options.Node.Value, "an operator asked for a restart of the machine");
            link.SayRestarting(clock.Wall + NodeLimits.RestartMax);
        }
        else if (e.Error is { } error)
        {
            EndReboot(error);
        }
        else
        {
            (_reboot, _rebootDue) = (RebootStep.Begun, clock.Now + NodeLimits.RestartMax);
            Say(_rebootAnswer!, default, isEnd: true, null);
        }
    }

    /// <summary>The presence that says it is where everybody sees it.</summary>
    public void RestartSaid()
    {
        if (_reboot == RebootStep.Telling)
        {
            (_reboot, _rebootDue) = (RebootStep.Asking, null);
            ports.Power.Submit(new RebootRequest(IsTrial: false, _overInhibitors));
        }
    }

    private void Reboot(Command command, Answer answer)
    {
        if (_reboot != RebootStep.None)
        {
            Refuse(answer, $"{options.Node} is about to restart already");
            return;
        }

        (_reboot, _rebootAnswer, _overInhibitors) = (RebootStep.Trying, answer, command.Arguments.GetValueOrDefault("inhibitors") == "ignore");
        ports.Power.Submit(new RebootRequest(IsTrial: true, _overInhibitors));
    }

    private void EndReboot(string error)
    {
        if (_reboot != RebootStep.Trying)
        {
            teller.Tell(Severity.Error, "NotRestarted", options.Node.Value, "Refused", $"the machine was to restart, and does not: {error}", isEvent: true);
            link.SayRestarting(null);
        }

        if (_reboot != RebootStep.Begun)
        {
            Refuse(_rebootAnswer!, error);
        }

        (_reboot, _rebootAnswer, _rebootDue) = (RebootStep.None, null, null);
    }

    private void LookAtReboot()
    {
        if (_rebootDue is not { } due || clock.Now < due)
        {
            return;
        }

        if (_reboot == RebootStep.Telling)
        {
            RestartSaid();
        }
        else
        {
            EndReboot($"it is still up {NodeLimits.RestartMax.TotalMinutes:0} minutes after it was asked to");
        }
    }
}
