using System.Globalization;

namespace EdgeAgent.Simulation.Scale;

/// <summary>What a cell of a size costs and how fast it is: the rows of docs/results/scale.md.</summary>
internal sealed class ScaleBench(Action<string, string, string> row)
{
    private const ulong Seed = 5;
    private const int Singles = 20;
    private const int SlotsPerNodeMost = 10;
    private const int SlotsMost = 1000;

    /// <summary>A node of these takes no more slots of this size; where there is no room for them, no more are placed.</summary>
    private const int RoomPerNode = 300;
    private const int Thousands = 1000;
    private const int PerWorkloadMost = 1000;
    private const int LostInTen = 3;
    private static readonly TimeSpan PlaceMost = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterRunning = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>Everything about one size but its broker's restart.</summary>
    /// <param name="nodes">In the cell.</param>
    /// <param name="manyMore">Slots that are placed at once after the others; 0: none.</param>
    public void Measure(int nodes, int manyMore)
    {
        using var cell = new ScaleCell(nodes, Seed);
        cell.BringUp();
        PlaceOneByOne(cell);
        cell.ComeToRest();
        PlaceMany(cell, Math.Min(SlotsMost, nodes * SlotsPerNodeMost));
        if (manyMore > 0 && manyMore <= nodes * RoomPerNode)
        {
            ComeToRest(cell);
            PlaceMany(cell, manyMore);
        }

        ComeToRest(cell);

        StayQuiet(cell);
        LoseNodes(cell);
    }

    private void PlaceOneByOne(ScaleCell cell)
    {
        var cost = new Cost(cell);
        var waits = new List<TimeSpan>();
        for (var i = 0; i < Singles; i++)
        {
            waits.Add(cell.Place($"single-{i}", ScaleCell.Service(1), PlaceMost));
            cell.World.Run(AfterRunning);
        }

        var goal = cell.Nodes.Count == Thousands ? "p95 500 ms" : cell.Nodes.Count <= 100 ? "p95 250 ms" : "";
        row($"{Of(cell)}: one slot, from the intent to the process, {Singles} times: p50, p95", Percentiles(waits), goal);
        cost.Tell(row, $"{Of(cell)}: one slot", Singles, replicas: 1);
    }

    private void PlaceMany(ScaleCell cell, int slots)
    {
        var cost = new Cost(cell);
        var before = cell.Watch.Running;
        cell.Watch.Begin();
        for (var (left, i) = (slots, 0); left > 0; left -= PerWorkloadMost, i++)
        {
            cell.Operator.Apply($"many-{slots}-{i}", ScaleCell.Service(Math.Min(left, PerWorkloadMost)));
        }

        ScaleCell.Require(cell.World.RunUntil(() => cell.Watch.Running - before >= slots, PlaceMost, Look), $"{cell.Watch.Running - before} of {slots} slots run after {PlaceMost.TotalSeconds:0} s");
        var last = cell.Watch.Waits.Max();
        var waits = cell.Watch.Waits.ToList();
        cell.World.Run(AfterRunning);
        ScaleCell.Require(cell.Watch.Twice == 0, $"{cell.Watch.Twice} slots run twice");
        row($"{Of(cell)}: {slots} slots at once, until the last runs; p50 and p95 of them", $"{Text(last.TotalSeconds)} s; {Percentiles(waits)}", "");
        row($"{Of(cell)}: {slots} slots at once, of one node at most", Text(cell.Nodes.Max(n => n.Runtime.Alive.Count(u => u.Tag.Slot.Workload.Value.StartsWith($"many-{slots}-", StringComparison.Ordinal)))), Text(Math.Ceiling((double)slots / cell.Nodes.Count)));
        cost.Tell(row, $"{Of(cell)}: {slots} slots at once", slots, Math.Min(slots, PerWorkloadMost));
    }

    private void ComeToRest(ScaleCell cell)
    {
        var (began, cost) = (cell.World.Clock.Now, new Cost(cell));
        var moved = cell.ComeToRest();
        row($"{Of(cell)}: slots that come to where they fit better then, of {cell.Watch.Running}; until none has for 14 R; messages published for each", $"{Text(moved)}; {Text((cell.World.Clock.Now - began).TotalMinutes)} min; {Text(moved == 0 ? 0 : cost.Published((int)moved))}", "");
    }

    private void StayQuiet(ScaleCell cell)
    {
        cell.World.Run(TimeSpan.FromMinutes(1));
        var cost = new Cost(cell);
        cell.World.Run(Quiet);
        var minutes = Quiet.TotalMinutes * cell.Nodes.Count;
        var (said, read) = (cost.Said(withOwn: true), cost.Read);
        row($"{Of(cell)}: quiet for {Quiet.TotalMinutes:0} minutes, bytes published / delivered a node and minute", $"{Text(said.PublishedBytes / minutes)} / {Text((said.DeliveredBytes + read.DeliveredBytes) / minutes)}", "keep-alives only (20 bytes/s with them)");
    }

    private void LoseNodes(ScaleCell cell)
    {
        var world = cell.World;
        var (slots, began) = (cell.Watch.Running, world.Clock.Now);
        foreach (var node in cell.Nodes.Where((_, i) => i % 10 < LostInTen))
        {
            node.PowerOff();
        }

        var lost = slots - cell.Watch.Running;
        var isWhole = world.RunUntil(() => cell.Watch.Running == slots, PlaceMost, Look);
        var took = world.Clock.Now - began;
        world.Run(AfterRunning);
        row($"{Of(cell)}: 30 % of the nodes off at once, from the wills until each of their {lost} slots (of {slots}) runs again", isWhole ? $"{Text(took.TotalSeconds)} s" : $"{slots - cell.Watch.Running} slots don't run after {PlaceMost.TotalSeconds:0} s", $"lostAfter {ScaleCell.Service(1).LostAfter.TotalSeconds:0} s");
        ScaleCell.Require(cell.Watch.Twice == 0, $"{cell.Watch.Twice} slots run twice after the loss");
    }

    /// <summary>Killed and started again with what it has on disk: nobody's work may move.</summary>
    public void MeasureRestart(int nodes, int slots, string goal)
    {
        using var cell = new ScaleCell(nodes, Seed);
        cell.BringUp();
        for (var left = slots; left > 0; left -= PerWorkloadMost)
        {
            cell.Place($"many-{left}", ScaleCell.Service(Math.Min(left, PerWorkloadMost)), PlaceMost);
        }

        var world = cell.World;
        cell.ComeToRest();
        var (moves, cost) = (cell.Watch.Starts + cell.Watch.Stops, new Cost(cell));
        var most = world.ReconnectWindow * 3 > PlaceMost ? world.ReconnectWindow * 3 : PlaceMost;
        var took = cell.RestartBroker(most);
        var (presences, intents) = (cell.Nodes.Min(n => n.Rules!.Members.Known.Count()), cell.Nodes.Min(n => n.Rules!.Intents.Count()));
        world.Run(world.ReconnectWindow * 3);
        var (said, read) = (cost.Said(withOwn: true), cost.Read);
        row($"{nodes} nodes, {slots} slots: the broker killed and started again (R = {world.ReconnectWindow.TotalSeconds:0} s), until every node has its view", took is { } time ? $"{Text(time.TotalSeconds)} s" : $"more than {most.TotalSeconds:0} s", goal);
        row($"{nodes} nodes, {slots} slots: presences of others and intents that every node knows then", $"{Text(presences)}, {Text(intents)}", $"{Text(nodes - 1)}, {Text(cell.Operator.Wanted.Count)}");
        row($"{nodes} nodes, {slots} slots: starts and stops in that and 3 R after", Text(cell.Watch.Starts + cell.Watch.Stops - moves), "0");
        row($"{nodes} nodes, {slots} slots: bytes published / delivered a reconnect", $"{Text((double)said.PublishedBytes / nodes)} / {Text((double)(said.DeliveredBytes + read.DeliveredBytes) / nodes)}", "");
    }

    internal static string Text(double number) => number.ToString(number < 10 && number != Math.Floor(number) ? "0.00" : "#,0", CultureInfo.InvariantCulture);

    private static string Of(ScaleCell cell) => $"{cell.Nodes.Count} nodes";

    private static string Percentiles(List<TimeSpan> waits)
    {
        waits.Sort();
        return $"{waits[(waits.Count - 1) / 2].TotalMilliseconds:0} {waits[(int)Math.Ceiling(waits.Count * 0.95) - 1].TotalMilliseconds:0} ms";
    }
}
