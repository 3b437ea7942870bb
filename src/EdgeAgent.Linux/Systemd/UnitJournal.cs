using System.Globalization;
using System.Text;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>One reading of a unit's lines in the journal, from where the query begins. For one thread.</summary>
internal sealed class UnitJournal : IDisposable
{
    /// <summary>journald cuts a line of output at 48 KiB; what is longer came in another way and is cut.</summary>
    private const int LineBytesMax = 64 * 1024;

    /// <summary>SD_MESSAGE_JOURNAL_DROPPED of sd-messages.h: journald tells of what it did not take of a unit (journald.conf(5), RateLimitBurst=).</summary>
    private const string DroppedMessage = "a596d6fe7bfa4994828e72309e95d61e";

    /// <summary>No number of changes: it was opened for the first time, or something was read since.</summary>
    private const long Went = -1;

    private readonly LogQuery _query;
    private readonly bool _isSystem = Environment.IsPrivilegedProcess;
    private readonly string _unit;
    private readonly Dictionary<string, bool> _othersInvocations = new(StringComparer.Ordinal);
    private readonly JournalTurnover _turnover;
    private JournalReader _journal;
    private string? _missing;
    private LogLine? _held;
    private bool _isSought;
    private long _changesAtOpening = Went;

    public UnitJournal(LogQuery query, string unit)
    {
        (_query, _unit) = (query, unit);
        _turnover = new JournalTurnover(_isSystem);
        _journal = new JournalReader(_isSystem, LineBytesMax);
        try
        {
            Prepare();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>False where there is none yet.</summary>
    public bool TryNext(out LogLine line)
    {
        while (!TryTell(out line))
        {
            try
            {
                if (!TryRead())
                {
                    return false;
                }
            }
            catch (JournalDamagedException) when (_turnover.CountChanges() != _changesAtOpening)
            {
                OpenAgain();
            }
        }

        return true;
    }

    /// <summary>Until there may be more. All that could be read has been.</summary>
    public void Wait(Descriptor end)
    {
        _journal.Wait(end);
        _turnover.Look();
        _ = _journal.TakeChanges();
    }

    public void Dispose()
    {
        _journal.Dispose();
        _turnover.Dispose();
    }

    /// <summary>What is to be told before what was read, and then that.</summary>
    private bool TryTell(out LogLine line)
    {
        if (_missing is { } missing)
        {
            _missing = null;
            line = new LogLine(null, missing);
            return true;
        }

        line = _held.GetValueOrDefault();
        var isThere = _held is not null;
        _held = null;
        return isThere;
    }

    /// <summary>False where there is nothing to tell.</summary>
    private bool TryRead()
    {
        if (!_isSought)
        {
            SeekOn();
            _isSought = true;
            if (_missing is not null)
            {
                return true;
            }
        }

        while (_journal.TryNext())
        {
            if (TryParse(out var line))
            {
                if (_turnover.IsMissingBefore(_journal.Spot, out var before))
                {
                    _missing = Missing(before);
                }

                (_held, _changesAtOpening) = (line, Went);
                return true;
            }
        }

        if (_turnover.IsMissingAtEnd(out var entries))
        {
            _missing = Missing(entries);
        }

        return _missing is not null;
    }

    /// <summary>
    /// Goes on behind what was read, in the files that there are now. Where that ends as the last time did, before anything was read and with the same files, the reading
    /// fails: then a file that is kept is damaged.
    /// </summary>
    private void OpenAgain()
    {
        (_isSought, _changesAtOpening) = (false, _turnover.CountChanges());
        var journal = new JournalReader(_isSystem, LineBytesMax);
        _journal.Dispose();
        _journal = journal;
        Prepare();
    }

    private void SeekOn()
    {
        if (_turnover.Known is { } known)
        {
            // Whether it is still kept is no matter: the next entry says what is missing.
            _ = _journal.SeekBehind(known.Cursor);
        }
        else
        {
            Seek();
        }
    }

    private void Prepare()
    {
        if (_query.Follow)
        {
            // Before the first entry is read: what comes from here on is told of.
            _journal.Watch();
        }

        Choose();
    }

    private static string Missing(ulong? entries) =>
        $"[lines may be missing here: {(entries is { } known ? $"{known} entries, of all units together," : "entries")} left this node's journal before they were read, SystemMaxUse= of journald.conf(5)]";

    /// <summary>
    /// Of a slot what its own processes wrote, and what journald dropped of it. Of another unit also what its manager says of it, as journalctl(1), -u.
    /// </summary>
    private void Choose()
    {
        // Fields with a low line in front can't be written by a process itself (systemd.journal-fields(7)); the others are believed of root only.
        _journal.Match(_isSystem ? "_SYSTEMD_UNIT" : "_SYSTEMD_USER_UNIT", _unit);
        MatchPriorities();
        _journal.Or();
        _journal.Match(_isSystem ? "OBJECT_SYSTEMD_UNIT" : "OBJECT_SYSTEMD_USER_UNIT", _unit);
        if (_query.Source.Unit is null)
        {
            _journal.Match("MESSAGE_ID", DroppedMessage);
            _journal.Match("_TRANSPORT", "driver");
        }
        else
        {
            _journal.Match("_UID", "0");
            MatchPriorities();
            _journal.Or();
            _journal.Match(_isSystem ? "UNIT" : "USER_UNIT", _unit);
            _journal.Match(_isSystem ? "_PID" : "SYSLOG_IDENTIFIER", _isSystem ? "1" : "systemd");
            MatchPriorities();
        }
    }

    private void MatchPriorities()
    {
        for (var priority = LogPriority.Emergency; _query.PriorityMax < LogPriority.Debug && priority <= _query.PriorityMax; priority++)
        {
            _journal.Match("PRIORITY", priority.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Seek()
    {
        if (_query.After is { } cursor)
        {
            if (_journal.SeekBehind(cursor))
            {
                _turnover.BeginBehind(_journal.Spot);
            }
            else if (JournalTurnover.Since(JournalPlace.Of(cursor), _isSystem) is not 0 and var entries)
            {
                _missing = Missing(entries);
            }
        }
        else if (_query.Lines is { } lines)
        {
            SeekLast(lines);
        }
        else if (_query.Since is { } since)
        {
            _journal.Seek(since);
        }
        else
        {
            _journal.SeekHead();
        }
    }

    /// <summary>Also of none: without a step back the place would be the end as it is at the next reading, and not as it is now.</summary>
    private void SeekLast(int lines)
    {
        _journal.SeekTail();
        for (var wanted = lines + 1L; wanted > 0;)
        {
            if (!_journal.TryPrevious())
            {
                _journal.SeekHead();
                return;
            }

            wanted -= TryParse(out _) ? 1 : 0;
        }
    }

    /// <summary>False for an entry that isn't asked for: without a message, of another workload, or older, as a clock may have been set back.</summary>
    private bool TryParse(out LogLine line)
    {
        line = default;
        var at = _journal.At;
        if ((_query.After is null && at < _query.Since) || IsOfAnother() || !_journal.TryRead("MESSAGE"u8, out var message))
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(message).TrimEnd('\n');
        if (_query.Source.Unit is not null)
        {
            text = $"{Writer()}: {text}";
        }
        else if (IsOfJournald() && _journal.TryRead("N_DROPPED"u8, out var count))
        {
            text = $"[{Encoding.ASCII.GetString(count)} lines of it are lost: it wrote faster than the journal of this node takes, RateLimitBurst= of journald.conf(5)]";
        }

        line = new LogLine(at, text, _journal.Cursor);
        return true;
    }

    /// <summary>
    /// By the field that the unit gives each entry. What was written before units had it, or under a user's manager, whose units can give none, may be of either and
    /// counts as this one's.
    /// </summary>
    private bool IsOfAnother()
    {
        if (_query.Incarnation is null)
        {
            return false;
        }

        if (!IsOfJournald())
        {
            return IsOther(_journal);
        }

        // What journald says of a unit has the invocation, and others of that have the field.
        if (!_journal.TryRead("OBJECT_SYSTEMD_INVOCATION_ID"u8, out var bytes))
        {
            return false;
        }

        var invocation = Encoding.ASCII.GetString(bytes);
        if (!_othersInvocations.TryGetValue(invocation, out var isOther))
        {
            using var journal = new JournalReader(_isSystem, LineBytesMax);
            journal.Match("_SYSTEMD_INVOCATION_ID", invocation);
            journal.SeekHead();
            _othersInvocations[invocation] = isOther = journal.TryNext() && IsOther(journal);
        }

        return isOther;
    }

    private bool IsOther(JournalReader journal) =>
        _query.Incarnation is { } wanted && journal.TryRead(UnitName.IncarnationField, out var incarnation) && !incarnation.SequenceEqual(Encoding.ASCII.GetBytes(wanted.ToString()));

    private bool IsOfJournald() => _journal.TryRead("_TRANSPORT"u8, out var transport) && transport.SequenceEqual("driver"u8);

    /// <summary>As journalctl(1) has it: <c>sshd[812]</c>.</summary>
    private string Writer()
    {
        var name = _journal.TryRead("SYSLOG_IDENTIFIER"u8, out var identifier) || _journal.TryRead("_COMM"u8, out identifier) ? Encoding.UTF8.GetString(identifier) : "unknown";
        return _journal.TryRead("_PID"u8, out var pid) ? $"{name}[{Encoding.UTF8.GetString(pid)}]" : name;
    }
}
