using System.Diagnostics;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Waits for conditions of real processes: asks again and again until it holds or its time is over.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The first answer that satisfies the condition. At the deadline the last answer stands in the failure.</summary>
    public static async Task<T> Is<T>(Func<Task<T>> ask, Func<T, bool> holds, TimeSpan within, Func<T, string> describe, string what)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (holds(answer))
            {
                return answer;
            }

            if (clock.Elapsed > within)
            {
                Assert.Fail($"not within {within.TotalSeconds} s: {what}. Last seen: {describe(answer)}");
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Looks at every answer of a time, and fails at the first that breaks the rule.</summary>
    public static async Task StaysFor(TimeSpan time, Func<Task<string?>> violation)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            if (await violation() is { } said)
            {
                Assert.Fail(said);
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
}
