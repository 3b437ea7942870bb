return EdgeAgent.Daemon.Verbs.CommandLine.Run(args);
