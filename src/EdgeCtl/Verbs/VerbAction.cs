using System.CommandLine;
using EdgeCtl.Contexts;

namespace EdgeCtl.Verbs;

/// <summary>The outermost edge of every verb: what it throws for the user becomes one line and an exit code.</summary>
internal static class VerbAction
{
    public static Command Does(this Command command, Func<ParseResult, CancellationToken, Task> act)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            var (code, message) = (ExitCode.Done, "");
            try
            {
                await act(parsed, cancel).ConfigureAwait(false);
            }
            catch (CtlException e)
            {
                (code, message) = (e.Code, e.Message);
            }
            catch (ContextException e)
            {
                (code, message) = (ExitCode.WrongUsage, e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                (code, message) = (ExitCode.Failed, e.Message);
            }

            if (message.Length > 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(message.Contains('\n', StringComparison.Ordinal) ? message : $"edgectl {command.Name}: {message}").ConfigureAwait(false);
            }

            return (int)code;
        });
        return command;
    }
}
