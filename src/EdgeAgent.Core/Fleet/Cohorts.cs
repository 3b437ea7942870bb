using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Fleet;

/// <summary>
/// Which buckets a node looks after. A cohort is the nodes whose bucket has the same last bits; of these there are as many as leave <see cref="NodesMin"/> nodes and more in
/// each, by all nodes known, present or not. Where few of a cohort are present, four cohorts look after its slots together, and so on.
/// </summary>
/// <param name="self">This node.</param>
/// <param name="nodesMin">How many nodes and more a cohort has.</param>
public sealed class Cohorts(NodeId self, int nodesMin = Cohorts.NodesMin)
{
    /// <summary>Fewer candidates than this make a poor choice; twice as many begin to cost.</summary>
    public const int NodesMin = 16;

    /// <summary>With fewer present, the next wider cohort looks after the slots too.</summary>
    public const int PresentMin = 4;

    /// <summary>Each ring is so many bits wider than the one before: four times as many nodes.</summary>
    private const int BitsPerRing = 2;

    private readonly int _place = Bucket.Of(self);
    private readonly int[] _present = new int[Bucket.Count];
    private int _known;

    /// <summary>How many last bits make a cohort; 0: the cell is one.</summary>
    public int Bits { get; private set; }

    /// <summary>Bits of the n-th ring of candidates; the first is the cohort.</summary>
    public int BitsOf(int ring) => Math.Max(0, Bits - (BitsPerRing * (ring - 1)));

    public bool IsInCohort(int bucket) => IsAlike(bucket, Bits);

    public bool IsInRing(int bucket, int ring) => IsAlike(bucket, BitsOf(ring));

    /// <summary>The last ring: all nodes.</summary>
    public int LastRing => 1 + ((Bits + BitsPerRing - 1) / BitsPerRing);

    /// <summary>How many of the cohort are present, this node among them.</summary>
    public int Candidates => Present(_place, Bits);

    /// <summary>Rises whenever <see cref="Wanted"/> may have changed.</summary>
    public long Changes { get; private set; }

    public void Clear()
    {
        Changes++;
        Array.Clear(_present);
        (_known, Bits) = (0, 0);
    }

    public void Add(NodeId node, bool isPresent)
    {
        Changes++;
        _known++;
        _present[Bucket.Of(node)] += isPresent ? 1 : 0;
        while (Bits < Bucket.Bits && (_known + 1) >> (Bits + 1) >= nodesMin)
        {
            Bits++;
        }
    }

    /// <summary>It is no more.</summary>
    public void Remove(NodeId node, bool wasPresent)
    {
        Changes++;
        _known--;
        _present[Bucket.Of(node)] -= wasPresent ? 1 : 0;
        while (Bits > 0 && (_known + 1) >> Bits < nodesMin)
        {
            Bits--;
        }
    }

    public void Change(NodeId node, bool isPresent)
    {
        Changes++;
        _present[Bucket.Of(node)] += isPresent ? 1 : -1;
    }

    /// <summary>The buckets that this node looks after, a bit for each.</summary>
    public uint Wanted()
    {
        var wanted = 0u;
        for (var bucket = 0; bucket < Bucket.Count; bucket++)
        {
            var bits = Bits;
            while (bits > 0 && Present(bucket, bits) < PresentMin)
            {
                bits = Math.Max(0, bits - BitsPerRing);
            }

            wanted |= IsAlike(bucket, bits) ? Bucket.Mask(bucket) : 0;
        }

        return wanted;
    }

    private bool IsAlike(int bucket, int bits) => ((bucket ^ _place) & ((1 << bits) - 1)) == 0;

    private int Present(int bucket, int bits)
    {
        var count = IsAlike(bucket, bits) ? 1 : 0;
        for (var place = bucket & ((1 << bits) - 1); place < Bucket.Count; place += 1 << bits)
        {
            count += _present[place];
        }

        return count;
    }
}
