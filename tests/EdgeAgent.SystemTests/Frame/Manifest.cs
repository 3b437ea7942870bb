using System.Text.Json;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Manifests of work that writes stamps.</summary>
internal static class Manifest
{
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
