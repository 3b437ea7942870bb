using System.CommandLine;
using EdgeCtl.Verbs;

var root = new RootCommand("edgectl") { UpVerb.Create(), DownVerb.Create() };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
