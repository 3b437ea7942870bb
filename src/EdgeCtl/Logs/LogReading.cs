using EdgeCtl.Connection;
using EdgeCtl.Verbs;

namespace EdgeCtl.Logs;

/// <summary>How logs are read: <paramref name="Follow"/> until nothing more can come, and what goes before each line.</summary>
public sealed record LogForm(bool Follow, bool WithTimes, bool WithNames);

/// <summary>
/// Reads logs of many nodes at once and prints them as one. A node that goes away is told of, and read on from where it was cut when it is back; the
/// others go on.
/// </summary>
internal sealed class LogReading(FleetSession session, Questions questions, LogForm form, TextWriter output, Action<string> tell)
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);
    /// <summary>Work that has ended writes nothing more; what it wrote last may still be on its way.</summary>
    private static readonly TimeSpan QuietAtEnd = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MergePatience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Forever = TimeSpan.FromDays(36500);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly LogMerge _merge = new(form.Follow ? MergePatience : Forever);
    private readonly Dictionary<(EdgeAgent.Core.Fleet.NodeId, string), LogTail> _tails = [];
    private readonly Dictionary<LogMerge.Source, LogTail> _bySource = [];
    private bool _isWhole = true;

    private static TimeSpan Now => TimeSpan.FromMilliseconds(Environment.TickCount64);

    /// <summary>False where something that was asked for could not be read. <paramref name="places"/> gives what is to be read now, <paramref name="isOver"/> whether no more will come.</summary>
    public async Task<bool> RunAsync(Func<IReadOnlyList<LogPlace>> places, Func<bool> isOver, CancellationToken cancel)
    {
        while (true)
        {
            await LookAsync(places(), cancel).ConfigureAwait(false);
            Hear();
            Print();
            await questions.RenewAsync(cancel).ConfigureAwait(false);
            if (_tails.Values.All(t => t.IsDone) && !_merge.HoldsLines && (!form.Follow || isOver()))
            {
                return _isWhole;
            }

            await session.WaitAsync(() => questions.HasReplies, _merge.HoldsLines ? LookInterval : AskAgainAfter, cancel).ConfigureAwait(false);
        }
    }

    private async Task LookAsync(IReadOnlyList<LogPlace> places, CancellationToken cancel)
    {
        foreach (var place in places)
        {
            var known = _tails.GetValueOrDefault(place.Key);
            if (known is null || (known.IsDone && form.Follow && !place.IsFinal && !known.IsRefused))
            {
                var tail = known?.Again(_merge.Open()) ?? new LogTail(place, _merge.Open());
                (_tails[place.Key], _bySource[tail.Source]) = (tail, tail);
            }
        }

        var ahead = questions.Share(_tails.Count);
        foreach (var tail in _tails.Values.Where(t => !t.IsDone).ToList())
        {
            var place = places.FirstOrDefault(p => p.Key == tail.Place.Key);
            if (form.Follow && (place is null ? tail.Question is null || tail.IsQuietFor(QuietAtEnd) : place.IsFinal && tail.IsQuietFor(QuietAtEnd)))
            {
                Forget(tail);
            }
            else if (session.View.NodeOf(tail.Place.Node) is not { IsOnline: true, Presence: { } presence })
            {
                Away(tail);
            }
            else if (tail.Question is null || tail.Question.Lost > 0 || tail.Link != (presence.Session, presence.Instance))
            {
                await AskAsync(tail, (presence.Session, presence.Instance), ahead, cancel).ConfigureAwait(false);
            }
            else if (!form.Follow || !tail.Question.IsHeard)
            {
                await DoubtAsync(tail, ahead, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task AskAsync(LogTail tail, (long Session, ulong Instance) link, int ahead, CancellationToken cancel)
    {
        if (tail.Question is { } cut)
        {
            if (Environment.TickCount64 - cut.RenewedAt < AskAgainAfter.TotalMilliseconds)
            {
                return;
            }

            questions.Forget(cut);
            if (cut.Lost > 0)
            {
                tell($"{tail.Place.Title}: the broker dropped pieces of the log, for they came faster than they could be passed on: it is read again from there");
            }
        }

        if (tail.IsToldAway)
        {
            tail.IsToldAway = false;
            tell($"{tail.Place.Title} is back");
        }

        tail.Asked(await questions.AskAsync(tail.Place.Node, "logs", tail.NextArguments(ahead), cancel).ConfigureAwait(false), link);
    }

    /// <summary>A node that should have said something, and hasn't.</summary>
    private async Task DoubtAsync(LogTail tail, int ahead, CancellationToken cancel)
    {
        if (tail.Source.Waiting > 0 || Environment.TickCount64 - tail.Question!.HeardAt < SilenceMax.TotalMilliseconds)
        {
            return;
        }

        tell($"{tail.Place.Title} does not answer{(form.Follow ? ", and is asked again" : "")}");
        if (form.Follow)
        {
            await AskAsync(tail, tail.Link, ahead, cancel).ConfigureAwait(false);
        }
        else
        {
            _isWhole = false;
            Forget(tail);
        }
    }

    private void Away(LogTail tail)
    {
        if (!form.Follow)
        {
            tell($"{tail.Place.Title} is offline, and its log with it");
            _isWhole = false;
            Forget(tail);
        }
        else if (!tail.IsToldAway)
        {
            tail.IsToldAway = true;
            tell($"{tail.Place.Title} is offline: its log goes on from here when it is back");
        }
    }

    private void Forget(LogTail tail)
    {
        if (tail.Question is { } question)
        {
            questions.Forget(question);
        }

        tail.IsDone = true;
        tail.Source.End();
    }

    private void Hear()
    {
        while (questions.TryTake(out var question, out var reply))
        {
            if (_tails.Values.FirstOrDefault(t => t.Question == question) is not { IsDone: false } tail || question.Lost > 0)
            {
                continue;
            }

            tail.Hear(reply, Now);
            if (!reply.IsEnd)
            {
                continue;
            }

            if (reply.Error is { } error)
            {
                tail.IsRefused = true;
                tell($"{tail.Place.Title}: {EventsVerb.Clean(error)}");
                _isWhole = false;
            }

            Forget(tail);
        }
    }

    private void Print()
    {
        var hasPrinted = false;
        while (_merge.TryTake(Now, out var source, out var line))
        {
            var tail = _bySource[source];
            output.WriteLine((form.WithNames, form.WithTimes) switch
            {
                (true, true) => $"{tail.Place.Name} {line.Stamp} {line.Text}",
                (true, false) => $"{tail.Place.Name} {line.Text}",
                (false, true) => $"{line.Stamp} {line.Text}",
                _ => line.Text,
            });
            tail.Printed();
            hasPrinted = true;
        }

        if (hasPrinted)
        {
            output.Flush();
        }
    }
}
