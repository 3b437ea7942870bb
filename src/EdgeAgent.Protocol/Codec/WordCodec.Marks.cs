using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>What operators have said of a node: for its own disk.</summary>
public static partial class WordCodec
{
    public static byte[] Write(NodeMarks marks) => Wrap(Proto.Write(new WireMarks
    {
        Revision = marks.Revision,
        IsCordoned = marks.IsCordoned,
        Drain = (uint)marks.Drain,
        Labels = [.. marks.Labels.Where(l => l.Value is not null).Select(l => new WirePair { Key = l.Key, Value = l.Value })],
        LabelsGone = [.. marks.Labels.Where(l => l.Value is null).Select(l => l.Key)],
        Taints = [.. marks.Taints.Where(t => t.Value is not null).Select(t => ToWire(new Taint(t.Key.Key, t.Value!, t.Key.Effect)))],
        TaintsGone = [.. marks.Taints.Where(t => t.Value is null).Select(t => ToWire(new Taint(t.Key.Key, "", t.Key.Effect)))],
        EnrolledSerial = marks.EnrolledSerial,
        DrainOrder = marks.DrainOrder,
    }));

    public static DecodeError TryReadMarks(ReadOnlyMemory<byte> bytes, out NodeMarks marks)
    {
        marks = NodeMarks.None;
        var error = TryUnwrap<WireMarks>(bytes, out var wire);
        if (error.IsError)
        {
            return error;
        }

        if (!Enum.IsDefined((DrainScope)wire.Drain) || wire.Revision < 0)
        {
            return new(DecodeFault.Invalid, $"marks of revision {wire.Revision}, drain {wire.Drain}");
        }

        var labels = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        wire.Labels.ForEach(l => labels[Text(l.Key)] = Text(l.Value));
        wire.LabelsGone.ForEach(l => labels[Text(l)] = null);
        var taints = new SortedDictionary<TaintName, string?>();
        foreach (var (taint, isGone) in wire.Taints.Select(t => (t, false)).Concat(wire.TaintsGone.Select(t => (t, true))))
        {
            if (WireEnum.TryRead(taint.Effect, out TaintEffect effect))
            {
                taints[new(Text(taint.Key), effect)] = isGone ? null : Text(taint.Value);
            }
        }

        marks = new NodeMarks { Revision = wire.Revision, IsCordoned = wire.IsCordoned, Drain = (DrainScope)wire.Drain, Labels = labels, Taints = taints, EnrolledSerial = wire.EnrolledSerial, DrainOrder = wire.DrainOrder };
        return DecodeError.None;
    }

    private static WireTaint ToWire(Taint taint) => new() { Key = taint.Key, Value = taint.Value, Effect = WireEnum.Write(taint.Effect) };
}
