using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Wire;
using Xunit;

namespace EdgeAgent.Tests.Protocol;

/// <summary>What nodes say: comes back as it was said, and nothing on the network makes a reader throw.</summary>
public sealed class WordProperties
{
    /// <summary>Fields that this version doesn't know, of each wire type.</summary>
    private static readonly byte[] UnknownFields =
    [
        0xC0, 0x3E, 0x05, // 1000: varint
        0xCA, 0x3E, 0x02, 0x61, 0x62, // 1001: two bytes
        0xD1, 0x3E, 1, 2, 3, 4, 5, 6, 7, 8, // 1002: fixed64
        0xDD, 0x3E, 1, 2, 3, 4, // 1003: fixed32
    ];

    [Fact]
    public void A_presence_comes_back() => ComesBack(Words.Presences, WordCodec.Write, ReadPresence);

    [Fact]
    public void A_claim_comes_back() => ComesBack(Words.Claims, WordCodec.Write, ReadClaim);

    [Fact]
    public void A_vote_brings_its_claim() => ComesBack(Words.Claims, claim => WordCodec.WriteVote(claim, TimeSpan.FromSeconds(7)), ReadVote);

    [Fact]
    public void A_grant_comes_back() => ComesBack(
        Gen.Select(Gen.Long[0, 99], Gen.ULong, Gen.Long, Gen.Bool, Gen.Long[0, 99], Gen.Int[0, 9999]).Select(g => new Grant
        {
            Slot = Words.Slot,
            Voter = Words.Node,
            Epoch = new(g.Item1),
            Instance = g.Item2,
            AskedAt = TimeSpan.FromTicks(g.Item3),
            IsGranted = g.Item4,
            Highest = new(g.Item5),
            RetryAfter = TimeSpan.FromMilliseconds(g.Item6),
            Reason = $"{g.Item1}",
        }),
        WordCodec.Write,
        ReadGrant);

    [Fact]
    public void What_operators_said_of_a_node_comes_back() => Words.Marks.Sample(marks =>
        !WordCodec.TryReadMarks(WordCodec.Write(marks), out var back).IsError && back.Labels.SequenceEqual(marks.Labels) && back.Taints.SequenceEqual(marks.Taints)
        && (back.Revision, back.IsCordoned, back.Drain, back.DrainOrder, back.EnrolledSerial) == (marks.Revision, marks.IsCordoned, marks.Drain, marks.DrainOrder, marks.EnrolledSerial));

    [Fact]
    public void A_status_comes_back() => ComesBack(Words.Statuses, WordCodec.Write, ReadStatus);

    [Fact]
    public void An_event_comes_back() => ComesBack(Words.Events, WordCodec.Write, ReadEvent);

    [Fact]
    public void A_reply_comes_back() => ComesBack(Words.Replies, WordCodec.Write, ReadReply);

    [Fact]
    public void Random_bytes_are_read_or_refused_and_never_throw() =>
        Gen.Byte.Array[0, 200].Sample(bytes => AllReadersAnswer(bytes), iter: 5_000);

    [Fact]
    public void Random_bytes_inside_a_word_are_read_or_refused_and_never_throw() =>
        Gen.Byte.Array[0, 200].Sample(body => AllReadersAnswer(Proto.Write(new NodeWord { MajorVersion = ProtocolLimits.MajorVersion, Body = body })), iter: 5_000);

    [Fact]
    public void Damaged_words_are_read_or_refused_and_never_throw() =>
        Gen.Select(Gen.OneOf(Words.Claims.Select(WordCodec.Write), Words.Statuses.Select(WordCodec.Write), Words.Presences.Select(WordCodec.Write), Words.Replies.Select(WordCodec.Write)), Damage.Any)
            .Sample((bytes, damage) => AllReadersAnswer(damage(bytes)), iter: 5_000);

    [Fact]
    public void A_word_of_another_major_version_is_refused_as_such() =>
        Gen.Select(Words.Presences, Gen.UInt.Where(v => v != ProtocolLimits.MajorVersion)).Sample((presence, version) =>
        {
            Assert.True(Proto.TryRead<NodeWord>(WordCodec.Write(presence), out var word));
            word.MajorVersion = version;
            return WordCodec.TryReadPresence(Proto.Write(word), Words.Node, out _).Fault == DecodeFault.UnknownVersion;
        });

    [Fact]
    public void A_word_longer_than_the_limit_is_refused_unread() =>
        Assert.Equal(DecodeFault.TooLarge, WordCodec.TryReadPresence(new byte[ProtocolLimits.PayloadBytesMax + 1], Words.Node, out _).Fault);

    private static (DecodeError, Presence) ReadPresence(byte[] bytes) => (WordCodec.TryReadPresence(bytes, Words.Node, out var word), word);

    private static (DecodeError, Claim) ReadVote(byte[] bytes) => (WordCodec.TryReadVote(bytes, Words.Slot, Words.Node, out var word, out _), word);

    private static (DecodeError, Grant) ReadGrant(byte[] bytes) => (WordCodec.TryReadGrant(bytes, Words.Slot, Words.Node, out var word), word);

    private static (DecodeError, Claim) ReadClaim(byte[] bytes) => (WordCodec.TryReadClaim(bytes, Words.Slot, Words.Node, out var word), word);

    private static (DecodeError, NodeStatus) ReadStatus(byte[] bytes) => (WordCodec.TryReadStatus(bytes, Words.Node, out var word), word);

    private static (DecodeError, NodeEvent) ReadEvent(byte[] bytes) => (WordCodec.TryReadEvent(bytes, Words.Node, out var word), word);

    private static (DecodeError, Reply) ReadReply(byte[] bytes) => (WordCodec.TryReadReply(bytes, Words.Node, out var word), word);

    private static void ComesBack<T>(Gen<T> words, Func<T, byte[]> write, Func<byte[], (DecodeError Error, T Word)> read) =>
        words.Sample(word =>
        {
            var bytes = write(word);
            var (error, back) = read(bytes);
            Assert.Equal(DecodeError.None, error);
            Assert.Equal(Words.Print(word), Words.Print(back));
            Assert.True(Proto.TryRead<NodeWord>(bytes, out var outer));
            outer.Body = [.. outer.Body!, .. UnknownFields];
            var (newerError, newer) = read([.. Proto.Write(outer), .. UnknownFields]);
            Assert.Equal(DecodeError.None, newerError);
            Assert.Equal(Words.Print(word), Words.Print(newer));
        }, iter: 500);

    /// <summary>A refusal has a reason for a person; what is no refusal has a word.</summary>
    private static bool AllReadersAnswer(byte[] bytes) =>
        Answers(ReadPresence(bytes)) && Answers(ReadClaim(bytes)) && Answers(ReadStatus(bytes)) && Answers(ReadEvent(bytes)) && Answers(ReadReply(bytes))
        && Answers(ReadVote(bytes)) && Answers(ReadGrant(bytes));

    private static bool Answers<T>((DecodeError Error, T Word) answer) => answer.Error.IsError ? answer.Error.Message.Length > 0 : answer.Word is not null;
}
