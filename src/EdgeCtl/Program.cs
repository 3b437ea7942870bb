using EdgeCtl.Verbs;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
