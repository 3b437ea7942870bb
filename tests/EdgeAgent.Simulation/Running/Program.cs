using EdgeAgent.Simulation.Placement;
using EdgeAgent.Simulation.Placement.Load;
using EdgeAgent.Simulation.Running;
using EdgeAgent.Simulation.Scale;

return args switch
{
    [ScaleCommand.Name, .. var words] => ScaleCommand.Start(words),
    [PlacementCommand.Name, .. var words] => PlacementCommand.Start(words, Console.Out, Console.Error),
    [LoadCommand.Name, .. var words] => LoadCommand.Start(words, Console.Out, Console.Error),
    _ => Runner.Start(args),
};
