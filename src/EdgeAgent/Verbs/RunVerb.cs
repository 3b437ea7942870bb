using System.Runtime.InteropServices;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Linux.Store;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>The agent itself, until SIGTERM. Exit codes: sysexits.h.</summary>
internal static class RunVerb
{
    private const int Configuration = 78;
    private const int TemporaryFailure = 75;
    private const int Unavailable = 69;

    /// <summary>What a second try would not change is tried again at most so often, whoever starts it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);

    public static int Run(Arguments arguments)
    {
        var configuration = ConfigurationReader.Read(arguments.Config, Environments.Read());
        var isJson = arguments.LogFormat is { } format ? format == "json" : configuration.LogsJson;
        var supervisor = ServiceSupervisor.OfEnvironment(TimeProvider.System);
        var observer = new JournalObserver(Console.Error, configuration.LogLevel, isJson, JournalObserver.IsJournal, TimeProvider.System);
        try
        {
            var (reason, message) = Run(configuration, () => ConfigurationReader.Read(arguments.Config, Environments.Read()), supervisor, observer);
            var code = CodeOf(reason);
            if (code is TemporaryFailure or Unavailable)
            {
                // The signals have their usual effect again: a stop ends the pause.
                supervisor.Sleep(Pause, $"Ends, and tries again in {Pause.TotalSeconds:0} s: {message}");
            }

            return code;
        }
        catch (StoreException e)
        {
            observer.Tell(Severity.Error, "StoreRefused", configuration.StorePath, "", e.Message);
            return e.IsLasting ? Configuration : 1;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            observer.Tell(Severity.Error, "StartFailed", configuration.StateDirectory, "", SystemWords.Of(e));
            return 1;
        }
    }

    private static (ExitReason Reason, string Message) Run(AgentConfiguration configuration, Func<AgentConfiguration> readAgain, ServiceSupervisor supervisor, JournalObserver observer)
    {
        using var agent = new Composition(configuration, readAgain, supervisor, observer);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(agent, context));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(agent, context));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Reload(agent, context));
        observer.Tell(Severity.Info, "Started", agent.Node.Value, "", $"edgeagent {VersionVerb.Version}, broker {configuration.Broker.Url}, configuration {configuration.File}");
        var (reason, message) = agent.Run();
        observer.Tell(reason == ExitReason.Shutdown ? Severity.Info : Severity.Error, "Exiting", agent.Node.Value, reason.ToString(), message);
        return (reason, message);
    }

    private static void Stop(Composition agent, PosixSignalContext context)
    {
        context.Cancel = true;
        agent.Shutdown(context.Signal.ToString());
    }

    /// <summary>As daemons do it; <c>systemctl reload</c> asks over the socket instead, and so hears what came of it.</summary>
    private static void Reload(Composition agent, PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            agent.Reload.Do();
        }
        catch (ConfigurationException)
        {
            // Told already.
        }
    }

    private static int CodeOf(ExitReason reason) => reason switch
    {
        ExitReason.DuplicateIdentity or ExitReason.Retired => TemporaryFailure,
        ExitReason.UnfitBroker => Unavailable,
        _ => 0,
    };
}
