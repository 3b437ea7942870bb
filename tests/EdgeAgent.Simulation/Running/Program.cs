using EdgeAgent.Simulation.Running;
using EdgeAgent.Simulation.Scale;

return args is [ScaleCommand.Name, .. var words] ? ScaleCommand.Start(words) : Runner.Start(args);
