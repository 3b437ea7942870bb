using System.CommandLine;
using EdgeCtl.Contexts;
using EdgeCtl.Up;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl down</c>: the end of <c>edgectl up</c> and of all that is left of it.</summary>
public static class DownVerb
{
    public static Command Create()
    {
        var folder = new Option<string>("--dir") { Description = "the folder that edgectl up was given; the user's state folder unless given", HelpName = "folder" };
        var command = new Command("down", "end a fleet of edgectl up, its agents and their work, also what dead agents left") { folder };
        command.SetAction(async (parsed, _) =>
        {
            var errors = parsed.InvocationConfiguration.Error;
            try
            {
                await new FleetEnd(new FleetFolder(parsed.GetValue(folder) ?? FleetFolder.Default()), ContextStore.OfUser(), errors).RunAsync().ConfigureAwait(false);
                return 0;
            }
            catch (Exception e) when (e is UpException or ContextException)
            {
                await errors.WriteLineAsync($"edgectl down: {e.Message}").ConfigureAwait(false);
                return 1;
            }
        });
        return command;
    }
}
