using System.Globalization;
using System.Text;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>A trace in words.</summary>
internal sealed partial class World
{
    /// <summary>What an action does in a state, as a person would tell it.</summary>
    public string Tell(ReadOnlySpan<int> state, WorldAction action)
    {
        var i = action.Argument;
        return action.Kind switch
        {
            ActionKind.Take => $"the broker takes from {_ids[i]}: {_upward[_queues.Head(state[Up(i)])]}",
            ActionKind.Hear => Told(i, _downward[_queues.Head(state[Down(i)])].ToString()!, Turn(state[Node(i)], action.Kind, _queues.Head(state[Down(i)])).Turn),
            ActionKind.Commit => Told(i, "has it on disk", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.Operate => Told(i, "carries out what its runtime was asked for", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.Wake => Told(i, "finds that its time has come", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.DropFence => Told(i, "finds its fence fallen", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.Connect => Told(i, "comes to the broker", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.Restart => Told(i, "begins anew", Turn(state[Node(i)], action.Kind, 0).Turn),
            ActionKind.Operator => $"the operator says: {IntentWord.Describe(_script[Cursor(state)])}",
            ActionKind.Time => string.Create(CultureInfo.InvariantCulture, $"{(Clock.Tick * action.Argument).TotalSeconds:0.0} s pass"),
            ActionKind.Crash => $"the agent of {_ids[i]} is killed; its work goes on",
            ActionKind.PowerLoss => $"the power of {_ids[i]} goes",
            ActionKind.Cut => $"the network of {_ids[i]} is cut",
            ActionKind.Heal => $"the network of {_ids[i]} is back",
            ActionKind.Drop => $"lost on the way to {_ids[i]}: {_downward[_queues.Head(state[Down(i)])]}",
            ActionKind.KillBroker => "the broker is killed",
            ActionKind.SaveStore => "the broker saves what it keeps",
            ActionKind.StartBroker => $"the broker is back, its store is {((StoreFate)action.Argument).ToString().ToLowerInvariant()}",
            _ => action.Kind.ToString(),
        };
    }

    private string Told(int i, string what, Turn turn)
    {
        var text = new StringBuilder($"{_ids[i]} {what}");
        foreach (var line in turn.Lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n        -> {line}");
        }

        return text.ToString();
    }
}
