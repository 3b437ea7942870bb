using System.Collections.Concurrent;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>Takes what an adapter posts, in order.</summary>
internal sealed class Inputs : IInputSink, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<NodeInput> _all = [];

    public void Post(NodeInput input) => _all.Add(input);

    public bool TryPost(NodeInput input) => _all.TryAdd(input);

    public void WaitForRoom(TimeSpan patience)
    {
    }

    /// <summary>The next input, which has to be of this kind.</summary>
    public T Next<T>()
        where T : NodeInput
    {
        Assert.True(_all.TryTake(out var input, Patience), $"no {typeof(T).Name} within {Patience.TotalSeconds} s");
        return Assert.IsType<T>(input);
    }

    /// <summary>The next input of this kind that satisfies the condition; others are passed over.</summary>
    public T Next<T>(Func<T, bool> isIt)
        where T : NodeInput
    {
        while (true)
        {
            Assert.True(_all.TryTake(out var input, Patience), $"no {typeof(T).Name} that was waited for within {Patience.TotalSeconds} s");
            if (input is T one && isIt(one))
            {
                return one;
            }
        }
    }

    /// <summary>The next input of this kind that satisfies the condition, of those that are here; others are passed over.</summary>
    public T? TryNext<T>(Func<T, bool> isIt)
        where T : NodeInput
    {
        while (_all.TryTake(out var input))
        {
            if (input is T one && isIt(one))
            {
                return one;
            }
        }

        return null;
    }

    public void Dispose() => _all.Dispose();
}
