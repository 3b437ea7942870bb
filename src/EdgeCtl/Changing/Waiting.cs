using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;

namespace EdgeCtl.Changing;

/// <summary>Waits until the fleet has done what was asked, over the connection that asked.</summary>
internal sealed class Waiting(FleetConnection connection, FleetView view, TextWriter errors)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5);

    /// <summary>Throws <see cref="CtlException"/>: timed out with what is missing, or failed with the reason.</summary>
    public async Task UntilDoneAsync(IReadOnlyList<Intent> intents, TimeSpan timeout, CancellationToken cancel)
    {
        var open = intents.ToList();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(timeout);
        var told = TimeProvider.System.GetTimestamp();
        try
        {
            while (true)
            {
                open.RemoveAll(IsDone);
                if (open.Count == 0)
                {
                    return;
                }

                if (TimeProvider.System.GetElapsedTime(told) >= TellEvery)
                {
                    told = TimeProvider.System.GetTimestamp();
                    await errors.WriteLineAsync($"waiting: {Completion.Of(open[0], view).Missing}").ConfigureAwait(false);
                }

                await HearAsync(patience.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            var lines = open.Select(i => $"{i.Workload}: {Completion.Of(i, view).Missing}: ask with edgectl why {i.Workload}");
            throw new CtlException(ExitCode.TimedOut, $"not done after {timeout.TotalSeconds:0.#} s; {string.Join('\n', lines)}");
        }
    }

    private bool IsDone(Intent intent)
    {
        if (view.Intents.GetValueOrDefault(intent.Workload) is { } now && now.Digest != intent.Digest && now.Supersedes(intent))
        {
            throw new CtlException(ExitCode.Failed, $"{intent.Workload} was changed again by somebody (generation {now.Generation}) while waited for");
        }

        var progress = Completion.Of(intent, view);
        return progress.Failure is { } failure ? throw new CtlException(ExitCode.Failed, failure) : progress.IsDone;
    }

    // A message, or nothing for a while, so that what is missing can be told.
    private async Task HearAsync(CancellationToken cancel)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        pause.CancelAfter(TellEvery);
        try
        {
            view.Hear(await connection.ReadAsync(pause.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Quiet.
        }
    }
}
