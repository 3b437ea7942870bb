namespace EdgeAgent.Simulation.Small;

/// <summary>What goes wrong.</summary>
internal sealed partial class World
{
    public void AddFaults(ReadOnlySpan<int> state, List<WorldAction> actions)
    {
        if (state[Counts] >> BitsOfCount == 0 && _brokers[state[Broker]].IsUp)
        {
            return;
        }

        var broker = _brokers[state[Broker]];
        for (var i = 0; i < _ids.Length; i++)
        {
            var facts = _facts[state[Node(i)]];
            var canFail = _scenario.FaultyNodes.Count == 0 || _scenario.FaultyNodes.Contains(i);
            AddIf(state, canFail && facts.IsAlive, Fault.Crash, ActionKind.Crash, i, actions);
            AddIf(state, canFail && (facts.IsAlive || facts.Running.Count > 0), Fault.PowerLoss, ActionKind.PowerLoss, i, actions);
            AddIf(state, !facts.IsAlive, Fault.Restart, ActionKind.Restart, i, actions);
            AddIf(state, canFail && !facts.IsCut, Fault.Cut, ActionKind.Cut, i, actions);
            AddIf(state, facts.IsCut, Fault.Heal, ActionKind.Heal, i, actions);
            AddIf(state, canFail && !_queues.IsEmpty(state[Down(i)]) && _downward[_queues.Head(state[Down(i)])] is Said { Word: ClaimWord }, Fault.Drop, ActionKind.Drop, i, actions);
        }

        AddIf(state, broker.IsUp, Fault.KillBroker, ActionKind.KillBroker, 0, actions);
        AddIf(state, broker.IsUp, Fault.SaveStore, ActionKind.SaveStore, 0, actions);
        if (!broker.IsUp)
        {
            actions.AddRange(_scenario.Fates.Select(f => new WorldAction(ActionKind.StartBroker, (int)f)));
        }
    }

    private void AddIf(ReadOnlySpan<int> state, bool can, Fault fault, ActionKind kind, int argument, List<WorldAction> actions)
    {
        if (can && Left(state, fault) > 0)
        {
            actions.Add(new WorldAction(kind, argument));
        }
    }

    private string? Fail(int[] state, WorldAction action)
    {
        var i = action.Argument;
        switch (action.Kind)
        {
            case ActionKind.Crash or ActionKind.PowerLoss:
                Spend(state, action.Kind == ActionKind.Crash ? Fault.Crash : Fault.PowerLoss);
                Change(state, i, n => n.Crash(action.Kind == ActionKind.PowerLoss));
                state[Down(i)] = _queues.Empty;
                EndUplink(state, i);
                return null;
            case ActionKind.Restart:
                Spend(state, Fault.Restart);
                return Take(state, i, ActionKind.Restart, message: 0);
            case ActionKind.Cut:
                Spend(state, Fault.Cut);
                CutOff(state, i);
                return null;
            case ActionKind.Heal:
                Spend(state, Fault.Heal);
                Change(state, i, n =>
                {
                    n.IsCut = false;
                    n.ExpectConnect();
                });
                return null;
            case ActionKind.Drop:
                Spend(state, Fault.Drop);
                state[Down(i)] = _queues.Pop(state[Down(i)]);
                return null;
            case ActionKind.KillBroker:
                Spend(state, Fault.KillBroker);
                ChangeBroker(state, b => b.Kill());
                EndAllLinks(state);
                return null;
            case ActionKind.SaveStore:
                Spend(state, Fault.SaveStore);
                ChangeBroker(state, b => b.Save());
                return null;
            case ActionKind.StartBroker:
                ChangeBroker(state, b => b.Start((StoreFate)action.Argument));
                for (var n = 0; n < _ids.Length; n++)
                {
                    Change(state, n, node => node.ExpectConnect());
                }

                return null;
            default:
                throw new NotSupportedException($"{action.Kind} is no fault");
        }
    }

    /// <summary>What is under way is lost, and each side finds out by itself.</summary>
    private void CutOff(int[] state, int i)
    {
        Change(state, i, n => n.IsCut = true);
        (state[Up(i)], state[Down(i)]) = (_queues.Empty, _queues.Empty);
        EndUplink(state, i);
        if (!_facts[state[Node(i)]].IsLinkDown)
        {
            state[Down(i)] = _queues.Append(_queues.Empty, _lost, _detection);
        }
    }

    private void EndUplink(int[] state, int i)
    {
        if (_brokers[state[Broker]].IsUp)
        {
            state[Up(i)] = _queues.Append(state[Up(i)], _ended, _detection);
        }
    }

    private void EndAllLinks(int[] state)
    {
        for (var i = 0; i < _ids.Length; i++)
        {
            state[Up(i)] = _queues.Empty;
            state[Down(i)] = _facts[state[Node(i)]].IsLinkDown ? _queues.Empty : _queues.Append(_queues.Empty, _lost, _delay);
        }
    }

    private void Change(int[] state, int i, Action<SmallNode> change)
    {
        var node = _nodes.Copy(state[Node(i)]);
        change(node);
        state[Node(i)] = Add(node);
    }

    private void ChangeBroker(int[] state, Action<SmallBroker> change)
    {
        var broker = _brokers.Copy(state[Broker]);
        change(broker);
        state[Broker] = _brokers.Add(broker);
    }

    private static void Spend(int[] state, Fault fault) => state[^1] -= 1 << ShiftOf(fault);
}
