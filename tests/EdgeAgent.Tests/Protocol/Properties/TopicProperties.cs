using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Topics;
using Xunit;

namespace EdgeAgent.Tests.Protocol;

public sealed class TopicProperties
{
    private static readonly string Prefix = $"{Words.Topics.Root}/{Words.Topics.Fleet}/{Words.Topics.Cell}/";

    private static readonly Gen<string> Label = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Const('-')), 1, 40]
        .Select(s => s.Trim('-')).Where(s => s.Length > 0 && s != "all");

    private static readonly Gen<Topic> AnyTopic = Gen.Select(Gen.Enum<TopicKind>(), Label, Label, Label, Gen.Int[0, WorkloadLimits.ReplicasMax - 1]).Select((kind, a, b, c, index) =>
    {
        var (node, workload) = (NodeId.Parse(a), WorkloadName.Parse(b));
        return kind switch
        {
            TopicKind.Intent => new Topic(kind) { Workload = workload },
            TopicKind.Copy => new Topic(kind) { Workload = workload, Node = node },
            TopicKind.Claim => new Topic(kind) { Bucket = index % Bucket.Count, Workload = workload, Index = index, Node = node },
            TopicKind.Call => new Topic(kind) { Workload = workload, Index = index, Node = node },
            TopicKind.Vote or TopicKind.Grant => new Topic(kind) { Holder = NodeId.Parse(c), Workload = workload, Index = index, Node = node },
            TopicKind.CommandToAll => new Topic(kind),
            TopicKind.Ask => new Topic(kind) { Holder = NodeId.Parse(c), Node = node },
            TopicKind.Reply => new Topic(kind) { Client = b, Id = c, Node = node },
            _ => new Topic(kind) { Node = node },
        };
    });

    // Close to real ones: those lead into every branch of the parser.
    private static readonly Gen<string> Pieces = Gen.OneOf<string>(
        Prefix, "/", "intent", "copy", "presence", "status", "claim-", "claim-0", "claim-31", "claim-32", "call", "self", "cmd", "all", "ask", "reply", "event", "lease", "vote", "grant", "barrier", "canary",
        "web", "n1", "0", "00", "7", "999", "1000", "99999999999", "-1", "+", "#", "", "\0", "ä", "\uD800", "N1", "-x");

    [Fact]
    public void Every_topic_reads_back_as_what_made_it() =>
        AnyTopic.Sample(topic => Words.Topics.TryParse(Write(topic), out var parsed) && parsed == topic, iter: 20_000);

    [Fact]
    public void What_is_read_as_a_topic_is_written_the_same_and_the_rest_is_refused_without_an_exception() =>
        Gen.OneOf(Gen.String, Pieces.Array[0, 12].Select(p => Prefix + string.Concat(p)), Pieces.Array[1, 6].Select(p => Prefix + string.Join('/', p)))
            .Sample(text => !Words.Topics.TryParse(text, out var parsed) || Write(parsed) == text, iter: 50_000);

    private static string Write(Topic topic) => topic.Kind switch
    {
        TopicKind.Intent => Words.Topics.Intent(topic.Workload),
        TopicKind.Copy => Words.Topics.Copy(topic.Workload, topic.Node),
        TopicKind.Presence => Words.Topics.Presence(topic.Node),
        TopicKind.Status => Words.Topics.Status(topic.Node),
        TopicKind.Claim => Words.Topics.Claim(topic.Bucket, new(topic.Workload, topic.Index), topic.Node),
        TopicKind.SelfBarrier => Words.Topics.Self(SelfPurpose.Barrier, topic.Node),
        TopicKind.SelfCanary => Words.Topics.Self(SelfPurpose.Canary, topic.Node),
        TopicKind.Command => Words.Topics.Command(topic.Node),
        TopicKind.CommandToAll => Words.Topics.CommandToAll(),
        TopicKind.Ask => Words.Topics.Ask(topic.Holder, topic.Node),
        TopicKind.Reply => Words.Topics.Reply(topic.Client!, topic.Id!, topic.Node),
        TopicKind.Call => Words.Topics.Call(new(topic.Workload, topic.Index), topic.Node),
        TopicKind.Vote => Words.Topics.Vote(topic.Holder, new(topic.Workload, topic.Index), topic.Node),
        TopicKind.Grant => Words.Topics.Grant(topic.Holder, new(topic.Workload, topic.Index), topic.Node),
        TopicKind.Lease => Words.Topics.Lease(topic.Node),
        TopicKind.Retired => Words.Topics.Retired(topic.Node),
        TopicKind.Event => Words.Topics.Event(topic.Node),
        _ => throw new ArgumentOutOfRangeException(nameof(topic)),
    };
}
