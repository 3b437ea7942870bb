using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using EdgeAgent.Benchmarks;

// Rows for build/bench-decide.sh on standard output; how it went on standard error.
var config = ManualConfig.CreateEmpty()
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddLogger(new StreamLogger(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true }));
var summary = BenchmarkRunner.Run<DecideBenchmark>(config.WithArtifactsPath(Path.Combine(Path.GetTempPath(), "edgeagent-benchmarks")));
var rows = summary.Reports.Where(r => r.ResultStatistics is not null).ToList();
foreach (var report in rows)
{
    var (at, allocated) = (report.BenchmarkCase.Parameters, report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase));
    var micros = report.ResultStatistics!.Mean / 1000;
    var isKept = micros < DecideBenchmark.MicrosecondsMost && allocated == 0;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {at["Policy"].ToString()!.ToLowerInvariant()} | {at["Kinds"]} | {micros:0.00} | {report.ResultStatistics.StandardError / 1000:0.00} | {allocated} | {(isKept ? "kept" : "missed")} |"));
}

return rows.Count == summary.BenchmarksCases.Length ? 0 : 1;
