using EdgeCtl.Contexts;
using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up;

/// <summary><c>edgectl down</c>: ends the <c>up</c> of a folder, all that it started, and what dead agents left. Where there is nothing it does nothing.</summary>
public sealed class FleetEnd(FleetFolder folder, ContextStore contexts, TextWriter errors)
{
    // It ends its agents and their work within its own limits; after that nobody waits for it.
    private static readonly TimeSpan UpPatience = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    /// <summary>Throws <see cref="UpException"/> where something could not be ended.</summary>
    public async Task RunAsync()
    {
        using (var up = UpLock.Holder(folder))
        {
            if (up is not null)
            {
                await EndUpAsync(up).ConfigureAwait(false);
            }
        }

        var ended = await new Remains(folder, Tell).EndAsync().ConfigureAwait(false);
        if (Directory.Exists(folder.Root))
        {
            File.Delete(folder.Pid);
        }

        contexts.RemoveWithKey(folder.Key);
        if (ended > 0)
        {
            Tell($"{ended} processes that were left have been ended");
        }
    }

    private async Task EndUpAsync(LiveProcess up)
    {
        up.Signal(Libc.Terminate);
        if (await up.HasEndedAsync(UpPatience).ConfigureAwait(false))
        {
            return;
        }

        Tell($"pid {up.Pid} did not end within {UpPatience.TotalSeconds} s and is killed");
        up.Signal(Libc.Kill);
        if (!await up.HasEndedAsync(KillPatience).ConfigureAwait(false))
        {
            throw new UpException($"edgectl up, pid {up.Pid}, can't be ended: look at its state with ps, then try again");
        }
    }

    private void Tell(string line) => errors.WriteLine($"edgectl down: {line}");
}
