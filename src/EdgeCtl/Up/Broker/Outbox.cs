namespace EdgeCtl.Up.Broker;

/// <summary>
/// What is on its way to one client and not done with: QoS 0 until it is sent, QoS 1 and 2 until they are acknowledged. MQTTnet keeps both for as long,
/// and has a limit only for what isn't sent.
/// </summary>
public sealed class Outbox
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, int> _unacknowledged = [];
    private int _messages;
    private long _bytes;
    private int _unsentMessages;
    private long _unsentBytes;
    private TaskCompletionSource? _room;

    /// <summary>Completes when there is room for the next message.</summary>
    public Task RoomAsync()
    {
        lock (_lock)
        {
            if (_unsentMessages < BrokerLimits.UnsentMessagesMax && _unsentBytes < BrokerLimits.UnsentBytesMax)
            {
                return Task.CompletedTask;
            }

            return (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The connection is over: nobody needs to wait for it any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _unsentMessages = 0;
            _unsentBytes = 0;
            _room?.TrySetResult();
        }
    }

    /// <summary>False where the client is too far behind to be given more.</summary>
    public bool TryAdd(int bytes)
    {
        lock (_lock)
        {
            if (_messages >= BrokerLimits.PendingMessagesMax || (_bytes + bytes > BrokerLimits.PendingBytesMax && _messages > 0))
            {
                return false;
            }

            _messages++;
            _bytes += bytes;
            _unsentMessages++;
            _unsentBytes += bytes;
            return true;
        }
    }

    /// <summary>Before a message that is acknowledged is sent: its acknowledgement may be there before <see cref="Sent"/>.</summary>
    public void Sending(ushort packet, int bytes)
    {
        lock (_lock)
        {
            if (!_unacknowledged.TryAdd(packet, bytes))
            {
                // Sent a second time under its number: it is counted already.
                Remove(bytes);
            }
        }
    }

    public void Sent(int bytes, bool isAcknowledged)
    {
        lock (_lock)
        {
            _unsentMessages = Math.Max(0, _unsentMessages - 1);
            _unsentBytes = Math.Max(0, _unsentBytes - bytes);
            if (_room is not null && _unsentMessages <= BrokerLimits.UnsentMessagesMax / 2 && _unsentBytes <= BrokerLimits.UnsentBytesMax / 2)
            {
                _room.SetResult();
                _room = null;
            }

            if (!isAcknowledged)
            {
                Remove(bytes);
            }
        }
    }

    public void Acknowledged(ushort packet)
    {
        lock (_lock)
        {
            if (_unacknowledged.Remove(packet, out var bytes))
            {
                Remove(bytes);
            }
        }
    }

    private void Remove(int bytes)
    {
        _messages = Math.Max(0, _messages - 1);
        _bytes = Math.Max(0, _bytes - bytes);
    }
}
