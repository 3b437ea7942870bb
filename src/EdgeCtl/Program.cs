using System.CommandLine;
using EdgeCtl.Verbs;

var parsed = VerbTable.Root().Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);
return parsed.Errors.Count > 0 ? (int)EdgeCtl.ExitCode.WrongUsage : code;
