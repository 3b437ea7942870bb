using System.Text.Json;

namespace EdgeAgent.SystemTests.Checks;

/// <summary>Manifests of work that is checked; scripts are for /bin/sh.</summary>
internal static class CheckedWork
{
    /// <param name="script">The work.</param>
    /// <param name="checks">Lines of the spec.</param>
    /// <param name="more">And more of them.</param>
    public static string Of(string script, string checks, string more = "") => $"""
        apiVersion: edge/v1
        kind: Workload
        metadata:
          name: hello
        spec:
          lostAfter: 3s
          run:
            exec:
              command: {Shell(script)}
          stop:
            timeout: 1s
        {string.Join('\n', $"{checks}\n{more}".Split('\n').Where(l => l.Length > 0).Select(l => "  " + l))}
        """;

    /// <summary>Is well until this file is there.</summary>
    public static string UntilStuck(string file, string stuck = "echo 'the sensor is stuck'; exit 7", string timeout = "1s") =>
        $"health:\n  exec: {Shell($"test ! -e {file} || {{ {stuck}; }}")}\n  interval: 300ms\n  timeout: {timeout}\n  failures: 2";

    public static string Ready(string test) => $"ready:\n  exec: {Shell(test)}\n  interval: 200ms";

    /// <summary>JSON strings are YAML strings too, whatever stands in the script.</summary>
    private static string Shell(string script) => $"[/bin/sh, -c, {JsonSerializer.Serialize(script)}]";
}
