using EdgeAgent.Simulation.Running;

return Runner.Start(args);
