using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Protocol.Wire;
using Xunit;

namespace EdgeAgent.Tests.Protocol;

/// <summary>Invariant 4 of protocol.md: nothing unsigned, changed, expired or moved is applied.</summary>
public sealed class SignedProperties : IDisposable
{
    private readonly OperatorKey _key = OperatorKey.Create();
    private readonly PublicKey _public;
    private readonly Envelope _envelope;

    public SignedProperties()
    {
        _public = PublicKey.FromPem(_key.PublicPem());
        _envelope = new Envelope([_public]);
    }

    public void Dispose()
    {
        _public.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void An_intent_comes_back_also_with_fields_of_a_later_version() =>
        Specs.Drafts.Sample(draft =>
        {
            var intent = IntentCodec.Sign(draft, _key, Words.Topics);
            Assert.Equal(DecodeError.None, Read(intent.Signed, out var back));
            Assert.Equal(Words.Print(intent), Words.Print(back));
            var newer = Resigned(intent.Signed, payload => [.. payload, 0xC0, 0x3E, 0x05, 0xCA, 0x3E, 0x02, 0x61, 0x62]);
            Assert.Equal(DecodeError.None, Read(newer, out back));
            Assert.Equal(Specs.Meaning(intent), Specs.Meaning(back));
        }, iter: 200);

    [Fact]
    public void A_damaged_intent_is_refused_or_means_the_same() =>
        Gen.Select(Specs.Drafts, Damage.Any).Sample((draft, damage) =>
        {
            var intent = IntentCodec.Sign(draft, _key, Words.Topics);
            var error = Read(damage(intent.Signed.ToArray()), out var back);
            return error.IsError ? error.Message.Length > 0 : Specs.Meaning(back) == Specs.Meaning(intent);
        }, iter: 500);

    [Fact]
    public void A_rightly_signed_but_damaged_intent_is_read_or_refused_and_never_throws() =>
        Gen.Select(Specs.Drafts, Damage.Any).Sample((draft, damage) =>
        {
            var error = Read(Resigned(IntentCodec.Sign(draft, _key, Words.Topics).Signed, damage), out var back);
            return error.IsError ? error.Message.Length > 0 : back.Spec is null || WorkloadValidation.Validate(back.Spec).Count == 0;
        }, iter: 500);

    [Fact]
    public void Random_bytes_are_no_intent_and_no_command() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Read(bytes, out _).IsError && ReadCommand(bytes, Words.Node, out _).IsError, iter: 2_000);

    [Fact]
    public void An_intent_moved_to_another_workload_cell_or_fleet_is_refused() =>
        Specs.Drafts.Sample(draft =>
        {
            var signed = IntentCodec.Sign(draft, _key, Words.Topics).Signed;
            var (fleet, cell) = (Words.Topics.Fleet, Words.Topics.Cell);
            return Refused(signed, WorkloadName.Parse("other"), Words.Topics)
                && Refused(signed, draft.Workload, new(TopicSpace.DefaultRoot, fleet, CellId.Parse("other")))
                && Refused(signed, draft.Workload, new(TopicSpace.DefaultRoot, FleetId.Parse("other"), cell))
                && !Refused(signed, draft.Workload, new("another/root", fleet, cell));
        }, iter: 100);

    [Fact]
    public void A_strangers_signature_is_refused()
    {
        using var stranger = OperatorKey.Create();
        Specs.Drafts.Sample(draft => Read(IntentCodec.Sign(draft, stranger, Words.Topics).Signed, out _).Fault == DecodeFault.BadSignature, iter: 50);
    }

    [Fact]
    public void A_command_comes_back() =>
        Specs.Commands.Sample(command =>
        {
            Assert.Equal(DecodeError.None, ReadCommand(Sign(command, Words.Node), Words.Node, out var back));
            Assert.Equal(Words.Print(command), Words.Print(back));
        }, iter: 200);

    [Fact]
    public void A_damaged_command_is_refused_or_means_the_same() =>
        Gen.Select(Specs.Commands, Damage.Any).Sample((command, damage) =>
        {
            var error = ReadCommand(damage(Sign(command, Words.Node)), Words.Node, out var back);
            return error.IsError ? error.Message.Length > 0 : Words.Print(back) == Words.Print(command);
        }, iter: 500);

    [Fact]
    public void A_command_for_one_node_is_none_for_another_nor_for_all() =>
        Specs.Commands.Sample(command =>
            ReadCommand(Sign(command, Words.Node), NodeId.Parse("n2"), out _).Fault == DecodeFault.BadSignature
            && ReadCommand(Sign(command, Words.Node), null, out _).Fault == DecodeFault.BadSignature
            && ReadCommand(Sign(command, null), Words.Node, out _).Fault == DecodeFault.BadSignature, iter: 100);

    [Fact]
    public void A_command_is_refused_after_its_time_and_when_it_would_live_too_long() =>
        Gen.Select(Specs.Commands, Gen.Int[1, 1_000_000]).Sample((command, ms) =>
            ReadCommand(Sign(command with { ExpiresAt = Specs.Now.AddMilliseconds(-ms) }, null), null, out _).Fault == DecodeFault.Expired
            && ReadCommand(Sign(command with { ExpiresAt = Specs.Now + ProtocolLimits.CommandLifeMax + TimeSpan.FromMilliseconds(ms) }, null), null, out _).Fault == DecodeFault.Expired, iter: 100);

    private DecodeError Read(ReadOnlyMemory<byte> signed, out Intent intent) => IntentCodec.TryRead(signed, Words.Slot.Workload, Words.Topics, _envelope, out intent);

    private bool Refused(ReadOnlyMemory<byte> signed, WorkloadName workload, TopicSpace topics) => IntentCodec.TryRead(signed, workload, topics, _envelope, out _).Fault == DecodeFault.BadSignature;

    private byte[] Sign(Command command, NodeId? node) => CommandCodec.Sign(command, node, _key, Words.Topics);

    private DecodeError ReadCommand(byte[] signed, NodeId? node, out Command command) => CommandCodec.TryRead(signed, node, Words.Topics, _envelope, Specs.Now, out command);

    /// <summary>As an operator's tool that writes other bytes would sign them.</summary>
    private byte[] Resigned(ReadOnlyMemory<byte> signed, Func<byte[], byte[]> change)
    {
        var topic = Words.Topics.LogicalIntent(Words.Slot.Workload);
        Assert.Equal(DecodeError.None, _envelope.TryOpen(signed, topic, out var payload));
        return _key.Sign(change(payload), topic);
    }
}
