namespace EdgeCtl.Up.Broker;

/// <summary>
/// The retained messages as they are and as the disk has them. A change is taken at once and written behind, many at a time: a crash of this program or of the
/// machine loses at most what came within <see cref="BrokerLimits.JournalInterval"/> and the time of one write.
/// </summary>
public sealed class RetainedStore : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RetainedMessage> _messages;
    private readonly RetainedJournal _journal;
    private readonly Action<string> _tell;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writing;
    private Dictionary<string, RetainedMessage> _unwritten = [];
    private long _bytes;
    private bool _isBehind;

    private RetainedStore(Dictionary<string, RetainedMessage> messages, RetainedJournal journal, Action<string> tell)
    {
        _messages = messages;
        _journal = journal;
        _tell = tell;
        _bytes = messages.Values.Sum(m => m.Bytes);
        _writing = Task.Run(WriteBehindAsync);
    }

    /// <summary>Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where the folder can't be used.</summary>
    public static RetainedStore Open(string folder, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(tell);
        var messages = new Dictionary<string, RetainedMessage>(StringComparer.Ordinal);
        var journal = RetainedJournal.Open(folder, messages, out var mishap);
        if (mishap is not null)
        {
            tell($"broker: {mishap}");
        }

        return new(messages, journal, tell);
    }

    public IReadOnlyList<RetainedMessage> All()
    {
        lock (_lock)
        {
            return [.. _messages.Values];
        }
    }

    /// <summary>Null where the message may be retained, else why not.</summary>
    public string? Refusal(string topic, long payloadBytes)
    {
        lock (_lock)
        {
            var before = _messages.TryGetValue(topic, out var known) ? known.Bytes : 0;
            if (known is null && _messages.Count >= BrokerLimits.RetainedMessagesMax)
            {
                return $"this broker retains at most {BrokerLimits.RetainedMessagesMax} messages";
            }

            return _bytes - before + topic.Length + payloadBytes > BrokerLimits.RetainedBytesMax
                ? $"this broker retains at most {BrokerLimits.RetainedBytesMax} bytes"
                : null;
        }
    }

    public void Put(RetainedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        lock (_lock)
        {
            _bytes -= _messages.TryGetValue(message.Topic, out var before) ? before.Bytes : 0;
            if (message.IsCleared)
            {
                _messages.Remove(message.Topic);
            }
            else
            {
                _messages[message.Topic] = message;
                _bytes += message.Bytes;
            }

            // Behind means that the whole is to be written anyway: the single changes needn't be kept then.
            if (!_isBehind)
            {
                _unwritten[message.Topic] = message;
            }

            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
        Write();
        _journal.Dispose();
        _changed.Dispose();
        _stop.Dispose();
    }

    private async Task WriteBehindAsync()
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(_stop.Token).ConfigureAwait(false);
                await Task.Delay(BrokerLimits.JournalInterval, _stop.Token).ConfigureAwait(false);
                Write();
            }
        }
        catch (OperationCanceledException)
        {
            // What is left is written by who stops it.
        }
    }

    private void Write()
    {
        Dictionary<string, RetainedMessage> changes;
        RetainedMessage[]? all = null;
        lock (_lock)
        {
            changes = _unwritten;
            _unwritten = [];
            if (_isBehind || _journal.Length > (2 * _bytes) + BrokerLimits.JournalSlackBytes)
            {
                all = [.. _messages.Values];
            }
        }

        try
        {
            if (all is not null)
            {
                _journal.Rewrite(all);
            }
            else if (changes.Count > 0)
            {
                _journal.Append(changes.Values);
            }

            _isBehind = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_isBehind)
            {
                _tell($"broker: retained messages can't be written ({e.Message}): they are in memory only until that works again");
            }

            _isBehind = true;
        }
    }
}
