using System.Text.Json;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Manifests of work that writes stamps.</summary>
internal static class Manifest
{
    /// <summary>A line for the spec. Without it work runs as soon as it has a process, which on a busy machine writes its first line a little later than another ends.</summary>
    public static string Ready(Stamps stamps) => $"  ready: {{exec: [{string.Join(", ", stamps.HasStarted.Select(c => JsonSerializer.Serialize(c)))}], interval: 200ms}}";

    /// <summary><paramref name="more"/> are further lines of spec. JSON strings are YAML strings too, whatever stands in the script.</summary>
    public static string Of(string name, int replicas, Stamps stamps, string more = "") => $$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{name}}}
        spec:
          replicas: {{replicas}}
          lostAfter: 3s
          run:
            exec:
              command: [{{string.Join(", ", stamps.Command.Select(c => JsonSerializer.Serialize(c)))}}]
          resources: {cpu: 1m, memory: 1Mi}
          stop: {timeout: 5s}
        {{more}}
        """;
}
