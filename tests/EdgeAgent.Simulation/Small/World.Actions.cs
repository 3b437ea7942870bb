using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Small.State;

namespace EdgeAgent.Simulation.Small;

/// <summary>What can happen next, and what follows from it.</summary>
internal sealed partial class World
{
    private readonly Dictionary<(int Node, ActionKind Kind, int Message), Outcome> _turns = [];
    private readonly Dictionary<(int Broker, int From, int Message), Delivery> _deliveries = [];
    private readonly Dictionary<(int Node, int Ticks), int> _aged = [];

    /// <summary>What happens when nothing goes wrong.</summary>
    public void AddCourse(ReadOnlySpan<int> state, List<WorldAction> actions)
    {
        if (Unseen(state) is { } first)
        {
            actions.Add(first);
            return;
        }

        var (isUp, pending, next) = (_brokers[state[Broker]].IsUp, int.MaxValue, int.MaxValue);
        for (var i = 0; i < _ids.Length; i++)
        {
            var facts = _facts[state[Node(i)]];
            AddIf(isUp && !_queues.IsEmpty(state[Up(i)]), ActionKind.Take);
            AddIf(!_queues.IsEmpty(state[Down(i)]), ActionKind.Hear);
            AddIf(facts.HasUnwritten, ActionKind.Commit);
            AddIf(facts.HasOperations, ActionKind.Operate);
            AddIf(facts.DueIn == 0, ActionKind.Wake);
            AddIf(facts.FenceFallsIn == 0, ActionKind.DropFence);
            AddIf(facts.CanConnect && isUp, ActionKind.Connect);
            pending = Math.Min(Math.Min(pending, isUp ? facts.MustActOrConnectIn : facts.MustActIn), Math.Min(_queues.Left(state[Up(i)]), _queues.Left(state[Down(i)])));
            next = facts.DueIn is > 0 and var due ? Math.Min(next, due) : next;
            next = facts.FenceFallsIn is > 0 and var fall ? Math.Min(next, fall) : next;

            void AddIf(bool can, ActionKind kind)
            {
                if (can)
                {
                    actions.Add(new WorldAction(kind, i));
                }
            }
        }

        if (isUp && Cursor(state) < _script.Count)
        {
            actions.Add(new WorldAction(ActionKind.Operator, 0));
        }

        if (next < int.MaxValue && next <= pending)
        {
            actions.Add(new WorldAction(ActionKind.Time, next));
        }
    }

    /// <summary>
    /// A message that has to arrive now, upon which its node says and does nothing: whatever the others do meanwhile, the same follows, so that one order stands for all
    /// (a persistent set of one). Null: there is none.
    /// </summary>
    private WorldAction? Unseen(ReadOnlySpan<int> state)
    {
        for (var i = 0; i < _ids.Length && state[Counts] >> BitsOfCount == 0; i++)
        {
            var facts = _facts[state[Node(i)]];
            if (_queues.Left(state[Down(i)]) > 0 || facts.DueIn == 0 || facts.FenceFallsIn == 0 || facts.HasOperations || facts.HasUnwritten || facts.CanConnect)
            {
                continue;
            }

            var outcome = OutcomeOf(state[Node(i)], ActionKind.Hear, _queues.Head(state[Down(i)]));
            if (outcome.Sent.Count == 0 && outcome.Broken is null && !_facts[outcome.Node].HasOperations && _facts[outcome.Node].DueIn != 0)
            {
                return new WorldAction(ActionKind.Hear, i);
            }
        }

        return null;
    }

    /// <summary>Does it; names the invariant that breaks at this.</summary>
    public string? Apply(int[] state, WorldAction action)
    {
        var i = action.Argument;
        switch (action.Kind)
        {
            case ActionKind.Take:
                var message = _queues.Head(state[Up(i)]);
                state[Up(i)] = _queues.Pop(state[Up(i)]);
                Deliver(state, i, message);
                return null;
            case ActionKind.Hear:
                var heard = _queues.Head(state[Down(i)]);
                state[Down(i)] = _queues.Pop(state[Down(i)]);
                return Take(state, i, ActionKind.Hear, heard);
            case ActionKind.Operator:
                Speak(state);
                return null;
            case ActionKind.Time:
                Age(state, action.Argument);
                return null;
            case ActionKind.Commit or ActionKind.Operate or ActionKind.Wake or ActionKind.Connect or ActionKind.DropFence:
                return Take(state, i, action.Kind, message: 0);
            default:
                return Fail(state, action);
        }
    }

    /// <summary>One turn of a node, and with what it sends.</summary>
    private string? Take(int[] state, int i, ActionKind kind, int message)
    {
        var outcome = OutcomeOf(state[Node(i)], kind, message);
        state[Node(i)] = outcome.Node;
        foreach (var sent in outcome.Sent)
        {
            Send(state, i, sent);
        }

        // Where nothing can crash any more it makes no difference when the disk has it.
        if (_facts[outcome.Node].HasUnwritten && Left(state, Fault.Crash) + Left(state, Fault.PowerLoss) == 0)
        {
            Take(state, i, ActionKind.Commit, message: 0);
        }

        return outcome.Broken ?? EnterBook(state, i, outcome);
    }

    private Outcome OutcomeOf(int node, ActionKind kind, int message)
    {
        if (!_turns.TryGetValue((node, kind, message), out var outcome))
        {
            _turns[(node, kind, message)] = outcome = Turn(node, kind, message).Outcome;
        }

        return outcome;
    }

    private string? EnterBook(int[] state, int i, Outcome outcome)
    {
        if (outcome.Held.Count == 0 || _scenario.MayShareEpochs)
        {
            return null;
        }

        var book = _books.Copy(state[Book]);
        foreach (var (slot, epoch) in outcome.Held)
        {
            if (book.Enter(slot, epoch, _ids[i]) is { } other)
            {
                return $"epoch {epoch} of {slot} is held by {_ids[i]}, and was by {other}: two have one fencing token";
            }
        }

        state[Book] = _books.Add(book);
        return null;
    }

    private (Outcome Outcome, Turn Turn) Turn(int id, ActionKind kind, int message)
    {
        var (node, turn) = (_nodes.Copy(id), new Turn());
        switch (kind)
        {
            case ActionKind.Hear:
                node.Hear(_downward[message], turn);
                break;
            case ActionKind.Commit:
                node.Commit(turn);
                break;
            case ActionKind.Operate:
                node.Operate(turn);
                break;
            case ActionKind.Wake:
                node.Wake(turn);
                break;
            case ActionKind.Connect:
                node.Connect(turn);
                break;
            case ActionKind.DropFence:
                node.DropFence(turn);
                break;
            case ActionKind.Restart:
                node.Start(turn);
                break;
        }

        return (new Outcome(Add(node), [.. turn.Sent.Select(_upward.Add)], turn.Held, turn.Broken), turn);
    }

    private void Send(int[] state, int i, int message)
    {
        if (!_brokers[state[Broker]].IsUp || HasEnded(state, i))
        {
            return;
        }

        if (_scenario.HasUplinks)
        {
            state[Up(i)] = _queues.Append(state[Up(i)], message, _delay);
            return;
        }

        // A new connection ends the one before, if the broker hasn't found out until then.
        while (!_queues.IsEmpty(state[Up(i)]))
        {
            var before = _queues.Head(state[Up(i)]);
            state[Up(i)] = _queues.Pop(state[Up(i)]);
            Deliver(state, i, before);
        }

        Deliver(state, i, message);
    }

    /// <summary>The connection is gone, and its node hasn't found out.</summary>
    private bool HasEnded(int[] state, int i) => _queues.Contains(state[Down(i)], m => m == _lost);

    private void Deliver(int[] state, int from, int message)
    {
        if (!_deliveries.TryGetValue((state[Broker], from, message), out var delivery))
        {
            var broker = _brokers.Copy(state[Broker]);
            var sent = broker.Take(_ids[from], _upward[message]);
            delivery = new Delivery(_brokers.Add(broker), [.. sent.Select(s => (Array.IndexOf(_ids, s.To), _downward.Add(s.Message)))]);
            _deliveries[(state[Broker], from, message)] = delivery;
        }

        state[Broker] = delivery.Broker;
        Spread(state, delivery.Sent);
    }

    private void Spread(int[] state, IReadOnlyList<(int To, int Message)> sent)
    {
        foreach (var (to, message) in sent)
        {
            // What belongs to a connection that is over doesn't come by the next one.
            if (!_facts[state[Node(to)]].IsLinkDown && !HasEnded(state, to) && !_queues.Contains(state[Up(to)], m => _upward[m] is Connect))
            {
                state[Down(to)] = _queues.Append(state[Down(to)], message, _delay);
            }
        }
    }

    private void Speak(int[] state)
    {
        var broker = _brokers.Copy(state[Broker]);
        var intent = _script[Cursor(state)];
        var floor = broker.Retained.OfType<ClaimWord>().Select(w => w.Claim).Where(c => c.Slot.Workload == intent.Workload).Select(c => c.Epoch.Value).DefaultIfEmpty(0).Max();
        var sent = broker.TakeFromOperator(new IntentWord(intent with { EpochFloor = floor, Digest = new Digest((UInt128)floor, intent.Digest.Low) }));
        state[Broker] = _brokers.Add(broker);
        state[Counts]++;
        Spread(state, [.. sent.Select(s => (Array.IndexOf(_ids, s.To), _downward.Add(s.Message)))]);
    }

    private void Age(int[] state, int ticks)
    {
        for (var i = 0; i < _ids.Length; i++)
        {
            if (!_aged.TryGetValue((state[Node(i)], ticks), out var aged))
            {
                _aged[(state[Node(i)], ticks)] = aged = Add(_nodes.Copy(state[Node(i)], Clock.Tick * ticks * (_scenario.ClockRates.Count > i ? _scenario.ClockRates[i] : 1)));
            }

            state[Node(i)] = aged;
            state[Up(i)] = _queues.Age(state[Up(i)], ticks);
            state[Down(i)] = _queues.Age(state[Down(i)], ticks);
        }
    }

    private sealed record Outcome(int Node, IReadOnlyList<int> Sent, IReadOnlyList<(SlotId Slot, Epoch Epoch)> Held, string? Broken);

    private sealed record Delivery(int Broker, IReadOnlyList<(int To, int Message)> Sent);
}

/// <summary>What can happen. The first group is the ordinary course of things.</summary>
internal enum ActionKind
{
    /// <summary>The broker takes the first of what a node has sent.</summary>
    Take,
    Hear,
    Commit,
    Operate,
    Wake,
    Connect,

    /// <summary>A machine ends its exclusive work.</summary>
    DropFence,
    Operator,

    /// <summary>Until the first has something to do.</summary>
    Time,

    Crash,
    PowerLoss,
    Restart,
    Cut,
    Heal,
    Drop,
    KillBroker,
    SaveStore,
    StartBroker,
}

/// <summary>One step. The argument is a node, a number of ticks or a store's fate.</summary>
internal readonly record struct WorldAction(ActionKind Kind, int Argument)
{
    private const int KindBits = 5;

    public int Packed => (Argument << KindBits) | (int)Kind;

    public static WorldAction Unpack(int packed) => new((ActionKind)(packed & ((1 << KindBits) - 1)), packed >> KindBits);
}
