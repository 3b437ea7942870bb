namespace EdgeAgent.Simulation.Placement.Load;

/// <summary>How much of a cell jobs ask for.</summary>
internal sealed class LoadDemand(Trace trace)
{
    private readonly double _milliCpu = trace.Nodes.Sum(n => n.MilliCpu);
    private readonly double _mebibytes = trace.Nodes.Sum(n => n.Mebibytes);
    private readonly double _milliDevices = Math.Max(1, trace.MilliDevices);

    /// <summary>The part of the cell that one job asks for, by what it asks most of.</summary>
    public double Of(TraceJob job) => Math.Max(Math.Max(job.MilliCpu / _milliCpu, job.Mebibytes / _mebibytes), job.MilliDevices / _milliDevices);

    public double Of(IEnumerable<TraceJob> jobs) => jobs.Sum(Of);

    public double DeviceShare(IReadOnlyCollection<TraceJob> jobs) => jobs.Sum(j => j.MilliDevices) / _milliDevices;

    public double GreatestShare(IReadOnlyCollection<TraceJob> jobs) =>
        Math.Max(Math.Max(jobs.Sum(j => j.MilliCpu) / _milliCpu, jobs.Sum(j => j.Mebibytes) / _mebibytes), DeviceShare(jobs));
}
