using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node;

/// <summary>Everything outside of the loop, as the loop sees it.</summary>
public sealed record NodePorts(IBroker Broker, IStore Store, IRuntime Runtime, IArtifacts Artifacts, ILogs Logs, IInspector Inspector, IUnitActions UnitActions, IPower Power, IControl Control, ILifecycle Lifecycle, ISupervisor Supervisor, IObserver Observer);
