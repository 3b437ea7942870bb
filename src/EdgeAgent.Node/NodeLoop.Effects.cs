using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Answering;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node;

/// <summary>Effects to requests, the store's bytes to Core, the way out.</summary>
public sealed partial class NodeLoop
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case SayClaim e:
                _decisions.Take(e, _core.PartsOfBid);
                Say(e);
                break;
            case ClearClaim e:
                var batch = _keeper.Keep(new RemoveClaim(e.Slot));
                _outbox.Publish(_topics.Claim(e.Bucket, e.Slot, _options.Node), default, retain: true, afterBatch: batch);
                break;
            case ClearStray e:
                _outbox.Publish(_topics.Claim(e.Bucket, e.Slot, _options.Node), default, retain: true);
                break;
            case SayPresence:
                _link.SayPresence();
                break;
            case AskHolder e:
                _outbox.Publish(_topics.Ask(e.Holder, _options.Node), default, retain: false);
                break;
            case AskAbout e:
                _outbox.Publish(_topics.Ask(e.Holder, _options.Node), WordCodec.WriteQuestion(e.Slot, e.Instance), retain: false);
                break;
            case WishFor e:
                _outbox.Publish(_topics.Ask(e.Holder, _options.Node), WordCodec.WriteWish(e.Slot, e.Epoch, e.Score), retain: false);
                break;
            case KeepIntent e:
                _keeper.Keep(new PutIntent(e.Intent.Workload, e.Intent.Signed));
                _work.Forget(e.Intent);
                _counters.Add("intents.taken");
                break;
            case ForgetIntent e:
                _keeper.Keep(new RemoveIntent(e.Workload));
                _counters.Add("intents.forgotten");
                break;
            case ClearCopy e:
                _outbox.Publish(_topics.Copy(e.Workload, _options.Node), default, retain: true);
                break;
            case SayCopy e:
                _outbox.Publish(_topics.Copy(e.Intent.Workload, _options.Node), e.Intent.Signed, retain: true);
                break;
            case SuspectStore e:
                _teller.Tell(Severity.Warning, "BrokerStoreSuspect", _options.Node.Value, "Older", $"{e.Reason}: copies are read, and what is known here is kept", isEvent: true);
                _link.ReadCopies(tellOthers: true);
                break;
            case FollowClaims e:
                _link.Following.Add(e.Buckets);
                break;
            case UnfollowClaims e:
                _link.Unfollow(_link.Following.Remove(e.Buckets));
                break;
            case FollowSlots e:
                _link.Following.Add(e.Slots);
                break;
            case UnfollowSlot e:
                _link.Unfollow(_link.Following.Remove(e.Slot));
                break;
            case ReadSlots e:
                _link.Following.AddOnce(e.Slots);
                break;
            case CallOthers e:
                _outbox.Publish(_topics.Call(e.Slot, _options.Node), WordCodec.WriteCall(e.Ring), retain: false);
                break;
            case ReadSlot e:
                _link.ReadSlot(e);
                break;
            case RenewLease e:
                _outbox.Publish(_topics.Lease(_options.Node), WordCodec.Write(e.Word), retain: true, purpose: PublishPurpose.Lease, tag: e.SentAt.Ticks);
                break;
            case AskVote e:
                _outbox.Publish(_topics.Vote(e.Voter, e.Claim.Slot, _options.Node), WordCodec.WriteVote(e.Claim, e.AskedAt), retain: false);
                break;
            case KeepPromise e:
                _keeper.Keep(new PutPromise(e.Promise.Claim.Slot, e.Promise.Claim.Node, WordCodec.Write(e.Promise.Claim), e.Promise.Highest.Value));
                break;
            case ForgetPromise e:
                _keeper.Keep(new RemovePromise(e.Slot));
                break;
            case SayGrant e:
                _outbox.Publish(_topics.Grant(e.To, e.Grant.Slot, _options.Node), WordCodec.Write(e.Grant), retain: false, afterBatch: _keeper.OpenBatchOfPromise(e.Grant.Slot));
                break;
            case PutUpFence e when !_isStopping:
                _ports.Runtime.Submit(new RuntimeFence(_clock.ToMachine(e.Until)));
                break;
            case StartWork e when !_isStopping:
                _work.Start(e);
                break;
            case CheckWork e when !_isStopping:
                _work.Check(e);
                break;
            case RestartWork e when !_isStopping:
                _work.Restart(e);
                break;
            case LimitWork e when !_isStopping:
                _work.Limit(e);
                break;
            case StopWork e:
                _work.Stop(e);
                break;
            case Tell e:
                CountRefusal(e);
                _teller.Tell(e is { IsEvent: true, IsRoutine: false } ? Severity.Warning : Severity.Info, e.Kind, e.Subject, e.Reason, e.Message, e.IsEvent);
                break;
        }
    }

    private void CountRefusal(Tell e)
    {
        if (e.Kind == Refused)
        {
            _counters.Add($"refused.{e.Subject}.{e.Reason}");
        }
    }

    private void Say(SayClaim e)
    {
        var payload = WordCodec.Write(e.Claim);
        if (e.IsKept)
        {
            _keeper.Keep(new PutClaim(e.Claim.Slot, e.Room is null ? payload : WordCodec.Write(e.Claim with { Room = e.Room })));
        }

        if (_isStopping && _toStop.Count > 0)
        {
            return;
        }

        _link.SayClaim(e.Claim, _topics.Claim(e.Bucket, e.Claim.Slot, _options.Node), payload, BatchBefore(e.Claim));
    }

    /// <summary>
    /// What has to be on disk before this is said. That a slot is given up is no promise, and a full disk must not keep others from taking
    /// it; nor does it keep the words of a session that is above all others.
    /// </summary>
    private long BatchBefore(Claim claim)
    {
        var isFailing = _keeper.Failure is not null;
        var isGivenUp = claim.Phase is ClaimPhase.Released or ClaimPhase.Failed or ClaimPhase.Withdrawn;
        var revs = claim.Order.Rev > _revReserved - NodeLimits.RevBlock ? _revBatch : 0;
        return isFailing && isGivenUp ? 0 : Math.Max(_keeper.OpenBatchOf(claim.Slot), isFailing ? 0 : revs);
    }

    private IEnumerable<Intent> StoredIntents(StoredState stored)
    {
        foreach (var (workload, signed) in stored.Intents)
        {
            var error = _envelope.TryRead(signed, workload, _topics, out var intent);
            if (!error.IsError)
            {
                yield return intent;
                continue;
            }

            // Its key was taken away, or the disk lies: what is not verified is not followed.
            _teller.Tell(Severity.Error, "StoredIntentRefused", workload.Value, error.Fault.ToString(), $"the kept intent of {workload} is not followed: {error.Message}", isEvent: true);
        }
    }

    private IEnumerable<Claim> StoredWords(StoredState stored)
    {
        foreach (var (slot, payload) in stored.Claims)
        {
            var error = WordCodec.TryReadClaim(payload, slot, _options.Node, out var claim);
            if (!error.IsError)
            {
                yield return claim;
                continue;
            }

            _teller.Tell(Severity.Error, "StoredClaimRefused", slot.ToString(), error.Fault.ToString(), $"the kept claim of {slot} can't be read: {error.Message}");
        }
    }

    private IEnumerable<Promise> StoredPromises(StoredState stored)
    {
        foreach (var (slot, node, payload, highest) in stored.Promises)
        {
            var error = WordCodec.TryReadClaim(payload, slot, node, out var claim);
            if (!error.IsError)
            {
                yield return new Promise(claim, TimeSpan.Zero, IsFree: false) { Highest = new(highest) };
                continue;
            }

            _teller.Tell(Severity.Error, "StoredPromiseRefused", slot.ToString(), error.Fault.ToString(), $"what was granted of {slot} to {node} can't be read: {error.Message}");
        }
    }

    private void Answer(ControlQuestion question)
    {
        switch (question.Verb)
        {
            case "status":
                _ports.Control.Answer(question.Id, DescribeNode(), null);
                break;
            case "slots":
                _ports.Control.Answer(question.Id, Reports.Slots(_core, _work.Units), null);
                break;
            case "why" when WorkloadName.TryParse(question.Arguments.GetValueOrDefault("workload"), out var workload):
                _ports.Control.Answer(question.Id, Explain(workload, question.Arguments.GetValueOrDefault("since")), null);
                break;
            case "why":
                _ports.Control.Answer(question.Id, null, "why needs the name of a workload: edgeagent why NAME");
                break;
            default:
                _ports.Control.Answer(question.Id, null, $"this agent knows no question '{question.Verb}'");
                break;
        }
    }

    /// <param name="workload">Of which.</param>
    /// <param name="since">Decisions of so many seconds; else all that are kept.</param>
    private ReadOnlyMemory<byte> Explain(WorkloadName workload, string? since)
    {
        var span = long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < NodeLimits.DecisionsKept.TotalSeconds ? TimeSpan.FromSeconds(seconds) : NodeLimits.DecisionsKept;
        return WhyReport.Of(_core, _options.Node, workload, _clock.Wall, _decisions.Of(workload, span));
    }

    private ReadOnlyMemory<byte> DescribeNode() => Reports.Status(
        _options, _status.Describe(), _link.State.ToString().ToLowerInvariant(), _link.Description, _link.Session, _core.OwnWords.Count(w => w.IsStarted), _outbox.Published, _marks.Marks.Revision);

    private void Shutdown(ShutdownRequested e)
    {
        if (_isStopping)
        {
            return;
        }

        _isStopping = true;
        _exitReason = ExitReason.Shutdown;
        _exitMessage = e.Reason;
        _teller.Note(Severity.Info, "Stopping", _options.Node.Value, $"{e.Reason}; what runs goes on");
        _exitAt = _clock.Now + StopPatience;
        _link.Leave(e.IsRestart ? _clock.Wall + NodeLimits.RestartMax : null);
    }

    private ExitReason _exitReason;
    private string _exitMessage = "";

    private void ExitWhenDue()
    {
        if (!_isStopping && _link.IsRetired)
        {
            Retire();
        }
        else if (!_isStopping && _link.IsDuplicate)
        {
            GiveWay();
        }
        else if (!_isStopping && _link.IsUnfit)
        {
            _isStopping = true;
            (_exitReason, _exitMessage) = (ExitReason.UnfitBroker, $"{_link.Description}: the broker gives no retained message to a wildcard subscription, and peers could not find each other's claims: use Mosquitto, or another broker that keeps MQTT 3.1.1's retained messages");
            _exitAt = _clock.Now + StopPatience;
            _link.Leave();
        }

        if (_isStopping && _exitAt is { } at && (_clock.Now >= at || (_link.State == LinkState.Left && _toStop.Count == 0)))
        {
            _exitAt = null;
            _ports.Lifecycle.Exit(_exitReason, _exitMessage);
        }
    }

    /// <summary>The older keeps its work; what this one has started under the same name ends with it.</summary>
    private void GiveWay()
    {
        _isStopping = true;
        (_exitReason, _exitMessage) = (ExitReason.DuplicateIdentity, $"another agent lives under the name {_options.Node}, and was there first: give this one a name of its own ([Node] Name in agent.conf; after cloning a disk also remove its state directory)");
        _teller.Tell(Severity.Error, "DuplicateIdentity", _options.Node.Value, "DuplicateIdentity", _exitMessage);
        EndWork();
    }

    /// <summary>Nothing of it runs any more, and its disk forgets what it held: an agent that begins here without a broker begins nothing.</summary>
    private void Retire()
    {
        _isStopping = true;
        (_exitReason, _exitMessage) = (ExitReason.Retired, $"an operator has taken {_options.Node} out of the cell, and nothing runs here: edgectl enroll node {_options.Node} lets it in again");
        _teller.Tell(Severity.Error, "Retired", _options.Node.Value, "Operator", _exitMessage);
        foreach (var word in _core.OwnWords)
        {
            _keeper.Keep(new RemoveClaim(word.Slot));
        }

        _keeper.EndTurn();
        EndWork();
    }

    private void EndWork()
    {
        _exitAt = _clock.Now + StopPatience;
        foreach (var word in _core.OwnWords.Where(w => w.IsStarted).ToList())
        {
            _toStop.Add(word.Slot);
            _work.StartNoMore(word.Slot);
            _ports.Runtime.Submit(new RuntimeStop(word.Slot, _core.IntentOf(word.Slot.Workload)?.Spec?.Stop ?? new StopRule { Timeout = word.StopTimeout }));
        }

        _link.Abandon();
    }
}
