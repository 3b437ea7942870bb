using System.Diagnostics;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>What a search came to.</summary>
public sealed record SearchResult
{
    public required string Scenario { get; init; }

    public required int States { get; init; }

    public required long Steps { get; init; }

    /// <summary>Steps from the first state to the furthest.</summary>
    public required int Depth { get; init; }

    /// <summary>States in which everything had come to rest.</summary>
    public required int AtRest { get; init; }

    /// <summary>Every state that can be reached was.</summary>
    public required bool IsExhausted { get; init; }

    public required TimeSpan Time { get; init; }

    /// <summary>How many states of a node the real rules were asked in.</summary>
    public required int NodeStates { get; init; }

    /// <summary>The invariant that broke and the shortest way to it; empty: none did.</summary>
    public string Violation { get; init; } = "";

    public override string ToString() =>
        $"{Scenario}: {States:N0} states, {Steps:N0} steps, depth {Depth}, {AtRest:N0} at rest, {NodeStates:N0} states of a node, {(Violation.Length > 0 ? "BROKEN" : IsExhausted ? "exhausted" : "not exhausted")} in {Time.TotalSeconds:0.0} s";
}

/// <summary>
/// Breadth first through all that can happen, so that the first violation is a shortest one. Where all is seen, each state must also have a way to where everything is at rest:
/// otherwise something goes round for ever.
/// </summary>
public sealed class Search
{
    private const int CourseMax = 60;

    private readonly World _world;
    private readonly Scenario _scenario;
    private readonly StateTable _states;
    private readonly List<int> _parents = [];
    private readonly List<int> _actions = [];
    private readonly List<int> _edges = [];
    private readonly List<int> _edgeEnds = [];
    private readonly List<int> _resting = [];
    private readonly List<WorldAction> _possible = [];
    private int[] _row = [];
    private string? _broken;
    private long _steps;
    private int _depth;

    private Search(Scenario scenario)
    {
        _scenario = scenario;
        _world = new World(scenario);
        _states = new StateTable(_world.Width);
    }

    public static SearchResult Run(Scenario scenario) => new Search(scenario).Run();

    private SearchResult Run()
    {
        var began = Stopwatch.GetTimestamp();
        _row = _world.First();
        Reach(_row, parent: -1, action: 0);
        var (next, levelEnd) = (0, 1);
        while (next < _states.Count && _states.Count < _scenario.StatesMax && _broken is null)
        {
            Expand(next++);
            if (next == levelEnd && next < _states.Count)
            {
                (_depth, levelEnd) = (_depth + 1, _states.Count);
            }
        }

        var isExhausted = next == _states.Count && _broken is null;
        if (isExhausted && FirstWithoutRest() is { } restless)
        {
            _broken = $"from here nothing ever comes to rest\n{Trace(restless)}  and so on:\n{Course(restless)}";
        }

        return new SearchResult
        {
            Scenario = _scenario.Name,
            States = _states.Count,
            Steps = _steps,
            Depth = _depth,
            AtRest = _resting.Count,
            IsExhausted = isExhausted,
            Time = Stopwatch.GetElapsedTime(began),
            NodeStates = _world.Parts.Nodes,
            Violation = _broken ?? "",
        };
    }

    private void Expand(int index)
    {
        _possible.Clear();
        _world.AddCourse(_states[index], _possible);
        if (_possible.Count == 0)
        {
            _resting.Add(index);
            if (_world.JudgeRest(_states[index]) is { } wrong)
            {
                _broken = $"{wrong}\n{Trace(index)}";
                return;
            }
        }

        else if (_scenario.IsRestless && _world.JudgeRest(_states[index]) is null)
        {
            _resting.Add(index);
        }

        var course = _possible.Count;
        _world.AddFaults(_states[index], _possible);
        for (var i = 0; i < _possible.Count && _broken is null; i++)
        {
            _states[index].CopyTo(_row);
            _steps++;
            var broken = _world.Apply(_row, _possible[i]) ?? _world.Judge(_row);
            if (broken is not null)
            {
                _broken = $"{broken}\n{Trace(index)}{Line(index, _possible[i])}";
                return;
            }

            var reached = Reach(_row, index, _possible[i].Packed);
            if (i < course)
            {
                _edges.Add(reached);
            }
        }

        _edgeEnds.Add(_edges.Count);
    }

    private int Reach(int[] row, int parent, int action)
    {
        var (index, isNew) = _states.Add(row);
        if (isNew)
        {
            _parents.Add(parent);
            _actions.Add(action);
        }

        return index;
    }

    /// <summary>Along the ordinary course of things, backwards from where all is at rest, until no more is found.</summary>
    private int? FirstWithoutRest()
    {
        var rests = new bool[_states.Count];
        _resting.ForEach(r => rests[r] = true);
        for (var found = true; found;)
        {
            found = false;
            for (var i = _states.Count - 1; i >= 0; i--)
            {
                for (var e = i == 0 ? 0 : _edgeEnds[i - 1]; e < _edgeEnds[i] && !rests[i]; e++)
                {
                    rests[i] = rests[_edges[e]];
                    found |= rests[i];
                }
            }
        }

        return Array.IndexOf(rests, false) is >= 0 and var first ? first : null;
    }

    private string Trace(int index)
    {
        var way = new Stack<int>();
        for (var i = index; _parents[i] >= 0; i = _parents[i])
        {
            way.Push(i);
        }

        return string.Concat(way.Select(i => Line(_parents[i], WorldAction.Unpack(_actions[i]))));
    }

    /// <summary>How it may go on, when nothing fails any more.</summary>
    private string Course(int index)
    {
        var lines = new List<string>();
        _states[index].CopyTo(_row);
        for (var i = 0; i < CourseMax; i++)
        {
            _possible.Clear();
            _world.AddCourse(_row, _possible);
            if (_possible.Count == 0)
            {
                break;
            }

            lines.Add($"  {_world.Tell(_row, _possible[0])}\n");
            _world.Apply(_row, _possible[0]);
        }

        return string.Concat(lines);
    }

    private string Line(int index, WorldAction action) => $"  {_world.Tell(_states[index], action)}\n";
}
