using Xunit;

namespace EdgeAgent.Tests;

/// <summary>Waits for what other threads do: asks again and again until it holds. After its patience it throws.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task Holds(Func<bool> holds) => Holds(() => Task.FromResult(holds()));

    public static async Task Holds(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await holds())
        {
            await Task.Delay(Pause, patience.Token);
        }
    }
}
