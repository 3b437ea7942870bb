using System.Runtime.InteropServices;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Linux.Store;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>The agent itself, until SIGTERM. Exit codes: sysexits.h.</summary>
internal static class RunVerb
{
    private const int Configuration = 78;
    private const int TemporaryFailure = 75;
    private const int Unavailable = 69;
    private const int DuplicatePauseSeconds = 60;

    public static int Run(Arguments arguments)
    {
        var configuration = ConfigurationReader.Read(arguments.Config, Environments.Read());
        var isJson = arguments.LogFormat is { } format ? format == "json" : configuration.LogsJson;
        var observer = new JournalObserver(Console.Error, configuration.LogLevel, isJson, JournalObserver.IsJournal, TimeProvider.System);
        try
        {
            using var agent = new Composition(configuration, observer);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(agent, context));
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(agent, context));
            observer.Tell(Severity.Info, "Started", agent.Node.Value, "", $"edgeagent {VersionVerb.Version}, broker {configuration.Broker.Url}, configuration {configuration.File}");
            var (reason, message) = agent.Run();
            observer.Tell(reason == ExitReason.Shutdown ? Severity.Info : Severity.Error, "Exiting", agent.Node.Value, reason.ToString(), message);
            return CodeOf(reason);
        }
        catch (StoreException e)
        {
            observer.Tell(Severity.Error, "StoreRefused", configuration.StorePath, "", e.Message);
            return Configuration;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            observer.Tell(Severity.Error, "StartFailed", configuration.StateDirectory, "", e.Message);
            return 1;
        }
    }

    private static void Stop(Composition agent, PosixSignalContext context)
    {
        context.Cancel = true;
        agent.Shutdown(context.Signal.ToString());
    }

    private static int CodeOf(ExitReason reason)
    {
        if (reason == ExitReason.DuplicateIdentity)
        {
            // Tried again at most once a minute, whoever starts it.
            Thread.Sleep(TimeSpan.FromSeconds(DuplicatePauseSeconds));
            return TemporaryFailure;
        }

        return reason == ExitReason.UnfitBroker ? Unavailable : 0;
    }
}
