using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Manifests;

/// <summary>One document that is right.</summary>
public sealed record Manifest(string File, WorkloadName Name, WorkloadSpec Spec);
