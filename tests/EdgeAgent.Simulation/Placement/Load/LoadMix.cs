namespace EdgeAgent.Simulation.Placement.Load;

/// <summary>A cell of unlike machines and work of unlike sizes that asks for nearly all of it: what a fleet at the edge looks like when it is full.</summary>
internal static class LoadMix
{
    private const int PerCent = 100;

    /// <summary>One job of so many wants a device, or a part of one.</summary>
    private const int DeviceEach = 10;

    /// <summary>A board, a gateway, a box and a server with devices, and how many of ten are such.</summary>
    private static readonly (int OfTen, TraceNode Kind)[] Machines =
    [
        (3, new("board", 4_000, 2_048, 0, "")),
        (3, new("gateway", 4_000, 8_192, 0, "")),
        (3, new("box", 8_000, 16_384, 0, "")),
        (1, new("server", 16_000, 65_536, 2, "T4")),
    ];

    private static readonly long[] MilliCpu = [100, 250, 500, 1_000, 2_000, 3_000];
    private static readonly long[] Mebibytes = [64, 128, 256, 512, 1_024, 2_048, 4_096, 6_144];
    private static readonly int[] MilliDevice = [250, 500, 1_000];

    public static Trace Draw(int nodes, int load, ulong seed)
    {
        var chance = new SimRandom(seed);
        var kinds = Machines.SelectMany(m => Enumerable.Repeat(m.Kind, m.OfTen)).ToArray();
        var trace = new Trace([.. Enumerable.Range(0, nodes).Select(i => kinds[i % kinds.Length] with { Name = $"{kinds[i % kinds.Length].Name}-{i}" })], []);
        var whole = new LoadDemand(trace);
        var jobs = new List<TraceJob>();
        while (true)
        {
            var job = new TraceJob(chance.Pick(MilliCpu), chance.Pick(Mebibytes), 0, 0, "");
            if (chance.Below(DeviceEach) == 0 && whole.DeviceShare(jobs) * PerCent < load)
            {
                job = job with { Devices = 1, MilliDevice = chance.Pick(MilliDevice) };
            }

            jobs.Add(job);
            if (whole.GreatestShare(jobs) * PerCent >= load)
            {
                return trace with { Jobs = jobs };
            }
        }
    }
}
