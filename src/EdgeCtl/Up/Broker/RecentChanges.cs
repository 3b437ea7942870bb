using MQTTnet;

namespace EdgeCtl.Up.Broker;

/// <summary>
/// The last retained changes, for who is subscribing while they happen: MQTTnet reads the retained messages first and adds the subscription
/// then, and a message between the two would reach the subscriber on neither way.
/// </summary>
internal sealed class RecentChanges
{
    private readonly Lock _lock = new();
    private readonly MqttApplicationMessage?[] _ring = new MqttApplicationMessage?[BrokerLimits.RecentChangesMax];
    private long _last;

    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    public void Add(MqttApplicationMessage message)
    {
        lock (_lock)
        {
            _ring[++_last % _ring.Length] = message;
        }
    }

    /// <summary>What changed after <paramref name="mark"/> under the filter, oldest first, of what is remembered.</summary>
    public IReadOnlyList<MqttApplicationMessage> Since(long mark, string filter)
    {
        lock (_lock)
        {
            if (mark == _last)
            {
                return [];
            }

            var found = new List<MqttApplicationMessage>();
            for (var i = Math.Max(mark, _last - _ring.Length) + 1; i <= _last; i++)
            {
                if (_ring[i % _ring.Length] is { } message && MqttTopicFilterComparer.Compare(message.Topic, filter) == MqttTopicFilterCompareResult.IsMatch)
                {
                    found.Add(message);
                }
            }

            return found;
        }
    }
}
