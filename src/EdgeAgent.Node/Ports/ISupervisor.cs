using EdgeAgent.Node.Link;

namespace EdgeAgent.Node.Ports;

/// <summary>
/// What watches over the agent itself. It is told at the end of every turn: that turns end is the proof that the loop goes on.
/// </summary>
public interface ISupervisor
{
    void Turned(in AgentState state);
}

/// <summary>How the agent is, in few words.</summary>
/// <param name="IsReady">What an earlier agent left has been found and taken over; a network isn't needed for it.</param>
/// <param name="IsStopping">It was asked to end.</param>
/// <param name="Link">Where the connection stands.</param>
/// <param name="Broker">What is known of the broker, or why there is no connection.</param>
/// <param name="Running">Units of work that run.</param>
/// <param name="Trouble">What a person should look after; empty: nothing.</param>
public readonly record struct AgentState(bool IsReady, bool IsStopping, LinkState Link, string Broker, int Running, string Trouble)
{
    /// <summary>Which work is between being held and running, or is being stopped, as a sentence; empty: none. The same object until that changes.</summary>
    public string Changing { get; init; } = "";

    /// <summary>One line for a person.</summary>
    public override string ToString()
    {
        var work = Running == 1 ? "1 unit of work runs" : $"{Running} units of work run";
        var doing = this switch
        {
            { IsStopping: true } => "Ending; what runs goes on",
            { IsReady: false } => "Looking for the work of an earlier agent",
            { Link: LinkState.Ready } => $"Connected ({Broker})",
            { Link: LinkState.Waiting } => $"Not connected, and tries again ({Broker})",
            { Link: LinkState.Doubting } => $"Waiting for another node of this name to show itself ({Broker})",
            _ => $"Connecting ({Broker})",
        };
        return Trouble.Length == 0 ? $"{doing}; {work}" : $"{doing}; {work}; {Trouble}";
    }
}

/// <summary>The configuration was read anew: what may change while the agent runs.</summary>
public sealed record OptionsChanged(Core.Workloads.Resources Capacity, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<Core.Workloads.Taint> Taints) : NodeInput;
