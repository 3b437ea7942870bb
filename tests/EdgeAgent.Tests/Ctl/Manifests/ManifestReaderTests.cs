using System.Text;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Manifests;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Manifests;

/// <summary>Proves what a person is told who wrote something wrong, and where; and what is taken.</summary>
public sealed class ManifestReaderTests
{
    private const string Head = "apiVersion: edge/v1\nkind: Workload\nmetadata: {name: a}\n";
    private const string Run = "  run: {exec: {command: [/bin/true]}}\n";

    [Theory]
    [InlineData("spec:\n  replica: 3\n" + Run, "5:3: spec.replica: there is no such field; did you mean replicas?")]
    [InlineData("spec:\n  zzzzzzzzzz: 3\n" + Run, "5:3: spec.zzzzzzzzzz: there is no such field; there are mode, replicas")]
    [InlineData("spec:\n  run: {exec: {comand: [/bin/true]}}\n", "5:16: spec.run.exec.comand: there is no such field; did you mean command?")]
    [InlineData("spec:\n  replicas: many\n" + Run, "5:13: spec.replicas: expected a whole number from 0 to 1000, found \"many\"")]
    [InlineData("spec:\n  replicas: 99999999999\n" + Run, "5:13: spec.replicas: expected a whole number from 0 to 1000")]
    [InlineData("spec:\n  replicas: 1001\n" + Run, "5:13: spec.replicas: is 1001, must be 0 to 1000")]
    [InlineData("spec:\n  replicas: [1]\n" + Run, "5:13: spec.replicas: expected a whole number from 0 to 1000, found a list")]
    [InlineData("spec:\n  lostAfter: 10\n" + Run, "5:14: spec.lostAfter: expected a duration such as 10s or 2m from 1s to 365 days, found \"10\"")]
    [InlineData("spec:\n  resources: {memory: 64MB}\n" + Run, "5:23: spec.resources.memory: expected a quantity")]
    [InlineData("spec:\n  mode: replicatd\n" + Run, "5:9: spec.mode: expected replicated or everywhere or job, found \"replicatd\"; did you mean replicated?")]
    [InlineData("spec:\n  stop: {signal: SIGNIFICANT}\n" + Run, "5:18: spec.stop.signal: expected a signal")]
    [InlineData("spec:\n  run: {exec: {command: /bin/true}}\n", "5:25: spec.run.exec.command: expected a list, found \"/bin/true\"")]
    [InlineData("spec:\n  run: {exec: {command: [true]}}\n", "5:26: spec.run.exec.command[0]: 'true' must be an absolute path")]
    [InlineData("spec:\n  run: {exec: {command: [./bin/x]}}\n", "5:26: spec.run.exec.command[0]: './bin/x' must be an absolute path")]
    [InlineData("spec:\n  run: {exec: {command: [bin/x], artifact: {url: \"https://a.example/x\", sha256: 3b1f0a8ff0a1b1c3f4fa6f3d7c4cbf38bcb8f9f9d0ad1d9b4c6e2f1a7d5e8c90}}}\n", "'bin/x' must be an absolute path, for example /usr/bin/bin/x, or a path in the artifact such as ./bin/infer")]
    [InlineData("spec:\n  run: {exec: {command: [./../x], artifact: {url: \"https://a.example/x\", sha256: 3b1f0a8ff0a1b1c3f4fa6f3d7c4cbf38bcb8f9f9d0ad1d9b4c6e2f1a7d5e8c90}}}\n", "or a path in the artifact such as ./bin/infer")]
    [InlineData("spec:\n  run: {exec: {command: [./x], artifact: {url: \"https://a.example/x\"}}}\n", "spec.run.exec.artifact.sha256: is missing")]
    [InlineData("spec:\n  run: {exec: {command: [./x], artifact: {url: \"https://a.example/x\", sha256: 3B1F0A8FF0A1B1C3F4FA6F3D7C4CBF38BCB8F9F9D0AD1D9B4C6E2F1A7D5E8C90}}}\n", "is no digest: expected the 64 digits that sha256sum prints, in small letters")]
    [InlineData("spec:\n  run: {exec: {command: [./x], artifact: {url: \"ftp://a.example/x\", sha256: 3b1f0a8ff0a1b1c3f4fa6f3d7c4cbf38bcb8f9f9d0ad1d9b4c6e2f1a7d5e8c90}}}\n", "spec.run.exec.artifact.url: is no address: expected one such as https://artifacts.example/infer.tar.zst")]
    [InlineData("spec:\n  run: {exec: {command: [./x], artifact: {url: \"https://me:secret@a.example/x\", sha256: 3b1f0a8ff0a1b1c3f4fa6f3d7c4cbf38bcb8f9f9d0ad1d9b4c6e2f1a7d5e8c90}}}\n", "has a user or a password in it, which everybody could read")]
    [InlineData("spec:\n  run: {exec: {command: [./x], artifact: {url: \"https://a.example/x\\ny\", sha256: 3b1f0a8ff0a1b1c3f4fa6f3d7c4cbf38bcb8f9f9d0ad1d9b4c6e2f1a7d5e8c90}}}\n", "is no address")]
    [InlineData("spec:\n  run: {}\n", "5:8: spec.run: needs exec")]
    [InlineData("spec:\n  replicas: 1\n", "5:3: spec.run: is missing")]
    [InlineData("", "1:1: spec: is missing")]
    [InlineData("spec:\n", "found nothing")]
    [InlineData("spec:\n  resources: {cpu: 500m, cpuMax: 250m}\n" + Run, "spec.resources.cpuMax: is 250m, must be 500 to 1000000m")]
    [InlineData("spec:\n  resources: {cpuMax: 5m}\n" + Run, "spec.resources.cpuMax: is 5m, must be 10 to 1000000m")]
    [InlineData("spec:\n  resources: {cpuMax: 1}\n  run: {unit: {name: a.service}}\n", "5:23: spec.resources.cpuMax: goes with run.exec")]
    [InlineData("spec:\n  network: {connect: [db.example:5432]}\n" + Run, "5:23: spec.network.connect[0]: 'db.example:5432' is no address with ports")]
    [InlineData("spec:\n  network: {listen: [0]}\n" + Run, "5:22: spec.network.listen[0]: '0' is no port")]
    [InlineData("spec:\n  network: {}\n  security: {sandbox: none}\n" + Run, "5:12: spec.network: goes with a strict sandbox")]
    [InlineData("spec:\n  network: {}\n  security: {sandbox: relaxed}\n" + Run, "5:12: spec.network: goes with a strict sandbox")]
    [InlineData("spec:\n  files: {read: [etc/ssl]}\n" + Run, "5:18: spec.files.read[0]: 'etc/ssl' is no path that can be named here")]
    [InlineData("spec:\n  files: {exec: [/usr/bin/*]}\n" + Run, "5:18: spec.files.exec[0]: '/usr/bin/*' is no path that can be named here")]
    [InlineData("spec:\n  files: {write: [/srv/../etc]}\n" + Run, "5:19: spec.files.write[0]: '/srv/../etc' is no path that can be named here")]
    [InlineData("spec:\n  files: {read: [//]}\n" + Run, "5:18: spec.files.read[0]: '//' is no path that can be named here")]
    [InlineData("spec:\n  files: {}\n  security: {apparmor: {profile: '/etc/** r,'}}\n" + Run, "5:10: spec.files: goes with a profile that the agent writes")]
    [InlineData("spec:\n  security: {apparmor: {mode: complian}}\n" + Run, "5:31: spec.security.apparmor.mode: expected enforce or complain, found \"complian\"; did you mean complain?")]
    [InlineData("spec:\n  security: {apparmor: {profile: \"a\\x01\"}}\n" + Run, "5:34: spec.security.apparmor.profile: at most 32768 characters")]
    [InlineData("spec:\n  security: {apparmor: {}}\n  run: {unit: {name: a.service}}\n", "5:24: spec.security.apparmor: goes with run.exec")]
    [InlineData("spec:\n  state: {size: 5Mi}\n" + Run, "5:11: spec.state.size: is not built yet")]
    [InlineData("spec:\n  health: {interval: 5s}\n" + Run, "5:11: spec.health.exec: is missing")]
    [InlineData("spec:\n  health: {exec: [check]}\n" + Run, "5:19: spec.health.exec[0]: 'check' must be an absolute path")]
    [InlineData("spec:\n  health: {exec: [/bin/true], failures: 0}\n" + Run, "5:41: spec.health.failures: is 0, must be 1 to 100")]
    [InlineData("spec:\n  ready: {exec: [/bin/true], interval: 50ms}\n" + Run, "5:40: spec.ready.interval: is 0.05s, must be 0.1s to 3600s")]
    [InlineData("spec:\n  ready: {exec: [/bin/true], timeout: 2h}\n" + Run, "5:39: spec.ready.timeout: is 7200s")]
    [InlineData("spec:\n  ready: {exec: [/bin/true], failures: 2}\n" + Run, "5:30: spec.ready.failures: there is no such field; there are exec, interval, timeout")]
    [InlineData("spec:\n  mode: job\n  ready: {exec: [/bin/true]}\n" + Run, "6:10: spec.ready: a job serves nobody")]
    [InlineData("spec:\n  partition: exclusive\n  mode: everywhere\n" + Run, "5:14: spec.partition: exclusive work runs at most once in the cell, and everywhere work on every node")]
    [InlineData("spec:\n  partition: exclusive\n  run: {unit: {name: a.service}}\n", "5:14: spec.partition: exclusive goes with run.exec")]
    [InlineData("spec:\n  partition: exclusive\n  exclusive: {lease: 1s}\n" + Run, "6:22: spec.exclusive.lease: is 1s, must be 3s to 3600s")]
    [InlineData("spec:\n  partition: exclusive\n  exclusive: {voters: [a, b]}\n" + Run, "6:23: spec.exclusive.voters: expected 3 to 9 different nodes")]
    [InlineData("spec:\n  partition: exclusive\n  exclusive: {voters: [a, b, B!]}\n" + Run, "6:30: spec.exclusive.voters: ")]
    [InlineData("spec:\n  exclusive: {lease: 5s}\n" + Run, "5:14: spec.exclusive: goes with partition: exclusive, and the partition is failover")]
    [InlineData("spec:\n  security: {sandbox: strictly}\n" + Run, "5:23: spec.security.sandbox: ")]
    [InlineData("spec:\n  security: {devices: [/dev/i2c-1, /etc/passwd]}\n" + Run, "5:36: spec.security.devices[1]: '/etc/passwd' is no device node")]
    [InlineData("spec:\n  security: {devices: [/dev/../etc/passwd]}\n" + Run, "5:24: spec.security.devices[0]: ")]
    [InlineData("spec:\n  security: {sandbox: relaxed, devices: [/dev/i2c-1]}\n" + Run, "5:41: spec.security.devices: goes with a strict sandbox")]
    [InlineData("spec:\n  security: {selinux: {type: x}}\n" + Run, "5:14: spec.security.selinux: is not built ")]
    [InlineData("spec:\n  mode: everywhere\n  replicas: 2\n" + Run, "6:13: spec.replicas: an everywhere workload runs once on each node")]
    [InlineData("spec:\n  prefers: [{weight: 101, labels: {a: b}}]\n" + Run, "5:22: spec.prefers[0].weight: is 101")]
    [InlineData("spec:\n  spread: {by: zone, domains: [a, a]}\n" + Run, "5:35: spec.spread.domains[1]: ")]
    [InlineData("spec:\n  apart: [db, Web!]\n" + Run, "5:15: spec.apart: ")]
    [InlineData("spec:\n  apart: [db, db]\n" + Run, "5:15: spec.apart[1]: db is named twice")]
    [InlineData("spec:\n  apart: db\n" + Run, "5:10: spec.apart: ")]
    [InlineData("spec:\n  spread: {by: zone}\n" + Run, "5:11: spec.spread.domains: is missing")]
    [InlineData("spec:\n  priority: 1001\n" + Run, "5:13: spec.priority: is 1001, must be -1000 to 1000")]
    [InlineData("spec:\n  priority: high\n" + Run, "5:13: spec.priority: expected a whole number from -1000 to 1000")]
    [InlineData("spec:\n  replicas: 1\n  replicas: 2\n" + Run, "6:3: this is no YAML: Duplicate key replicas")]
    [InlineData("spec:\n  run: [unclosed\n", "6:1: this is no YAML: While parsing a flow sequence")]
    [InlineData("spec:\n\treplicas: 1\n", "5:1: this is no YAML")]
    public void A_fault_is_told_with_its_line_its_column_and_what_was_expected(string spec, string says) =>
        _ = Fault(Head + spec, char.IsDigit(says[0]) ? $"a.yaml:{says}" : says);

    [Fact]
    public void All_faults_are_told_at_once() =>
        Assert.Equal([5L, 6L, 7L], Faults(Head + "spec:\n  replica: 3\n  lostAfter: soon\n  priority: high\n" + Run).Select(e => e.Line));

    [Theory]
    [InlineData("metadata: {name: Hello}", "3:18: metadata.name: ")]
    [InlineData("metadata: {name: -a}", "3:18: metadata.name: ")]
    [InlineData("metadata: {}", "3:11: metadata.name: is missing")]
    public void A_name_that_is_none_is_told(string metadata, string says) => _ = Fault($"apiVersion: edge/v1\nkind: Workload\n{metadata}\nspec:\n{Run}", says);

    [Fact]
    public void Two_megabytes_are_refused_before_they_are_parsed() => _ = Fault(Head + "spec: # " + new string('x', 2_000_000) + "\n" + Run, "1:1: it has more than 1048576 bytes");

    [Fact]
    public void A_few_lines_that_would_become_millions_are_refused()
    {
        var bomb = new StringBuilder(Head).Append("spec:\n  a0: &a0 [x, x]\n");
        for (var i = 1; i < 40; i++)
        {
            bomb.Append($"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        }

        _ = Fault(bomb.ToString(), "6:12: aliases (*name) are not taken: write it out");
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Deep_nesting_is_refused(char open, char close) =>
        _ = Fault($"{Head}spec: {string.Concat(Enumerable.Repeat(open == '[' ? "[" : "{a: ", 500))}1{new string(close, 500)}\n", "it is nested more than 32 deep");

    [Fact]
    public void What_is_no_text_is_refused()
    {
        var errors = new List<ManifestError>();
        Assert.Empty(ManifestReader.Read("a.yaml", [0x61, 0xff, 0xfe], errors));
        Assert.Contains("not UTF-8", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n---\n")]
    public void A_file_without_a_manifest_says_so(string text) => _ = Fault(text, "1:1: there is no manifest in it");

    [Fact]
    public void JSON_is_read_as_the_YAML_that_it_is()
    {
        var json = """{"apiVersion": "edge/v1", "kind": "Workload", "metadata": {"name": "a"}, "spec": {"replicas": 4, "run": {"exec": {"command": ["/bin/true", "1"], "env": {"RATE": "5"}}}}}""";
        var manifest = Assert.Single(Right(json));
        Assert.Equal(("a", 4, "/bin/true 1"), (manifest.Name.Value, manifest.Spec.Replicas, string.Join(' ', Program(manifest).Command)));
        Assert.Equal("5", Program(manifest).Environment["RATE"]);
    }

    [Fact]
    public void Several_documents_are_several_workloads_and_one_described_twice_is_refused()
    {
        var second = Head.Replace("name: a", "name: b", StringComparison.Ordinal);
        Assert.Equal(["a", "b"], Right($"{Head}spec:\n{Run}---\n{second}spec:\n{Run}").Select(m => m.Name.Value));

        using var input = new MemoryStream(Encoding.UTF8.GetBytes($"{Head}spec:\n{Run}---\n{Head}spec:\n{Run}"));
        Assert.Empty(ManifestReader.Read(["-"], input, out var errors));
        Assert.Contains("described twice", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spec_says_all_that_was_written()
    {
        var manifest = Assert.Single(Right(Head + """
            spec:
              mode: job
              partition: pin
              lostAfter: 1m30s
              policy: pack
              run: {exec: {command: [/bin/sleep, 5], env: {A: true}}}
              resources: {cpu: 250m, memory: 64Mi, disk: 1Gi, tasks: 7}
              job: {attempts: 2, backoff: 1s, deadline: 1h}
              stop: {timeout: 3s, signal: INT}
              restart: {policy: never, backoffMax: 5s}
              requires: {arch: [arm64], labels: {site: north}, facts: ["lsm == apparmor"]}
              prefers: [{weight: 10, labels: {zone: a}}]
              tolerations: [{key: dedicated, effect: NoRun}]
              security: {sandbox: none}
              update: {maxUnavailable: 2}
              health: {exec: [/bin/check, -q], interval: 1m, timeout: 2s, failures: 5}
            """));
        var spec = manifest.Spec;
        Assert.Equal((WorkloadMode.Job, PartitionPolicy.Pin, PlacementPolicy.Pack, SandboxLevel.None), (spec.Mode, spec.Partition, spec.Policy, spec.Sandbox));
        Assert.Equal((250, 64L << 20, 1L << 30, 7L), (spec.Resources.Cpu.Value, spec.Resources.Memory.Value, spec.Resources.Disk.Value, spec.Resources.Tasks));
        Assert.Equal((2, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), (spec.Job.Attempts, spec.Job.Backoff, spec.Job.Deadline));
        Assert.Equal((2, TimeSpan.FromSeconds(3)), (spec.Stop.Signal, spec.Stop.Timeout));
        Assert.Equal((RestartRule.Never, TimeSpan.FromSeconds(5)), (spec.Restart.Rule, spec.Restart.BackoffMax));
        Assert.Equal((TimeSpan.FromSeconds(90), 2), (spec.LostAfter, spec.MaxUnavailable));
        Assert.Equal(["arm64"], spec.Requires.Architectures);
        Assert.Equal(("/bin/check -q", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), 5), (string.Join(' ', spec.Health!.Command), spec.Health.Interval, spec.Health.Timeout, spec.Health.Failures));
        Assert.Equal(new Toleration("dedicated", "", TaintEffect.NoRun), Assert.Single(spec.Tolerations));
        Assert.Equal(("true", "5", 10), (Program(manifest).Environment["A"], Program(manifest).Command[1], Assert.Single(spec.Prefers).Weight));
    }

    [Fact]
    public void A_unit_or_a_portable_service_runs_in_place_of_a_program()
    {
        Assert.Equal(new UnitRun("grafana.service"), Assert.Single(Right(Head + "spec: {run: {unit: {name: grafana.service}}}")).Spec.Run);
        Assert.Equal(
            new UnitRun("app.service") { Portable = new PortableImage("/srv/app.raw") { Profile = "strict" } },
            Assert.Single(Right(Head + "spec: {run: {portable: {image: /srv/app.raw, unit: app.service, profile: strict}}}")).Spec.Run);
    }

    [Theory]
    [InlineData("spec: {run: {unit: {name: grafana}}}", "'grafana' is no name of a unit: expected one such as grafana.service")]
    [InlineData("spec: {run: {unit: {name: edge-a-0.service}}}", "names that start with edge- are the agent's own units")]
    [InlineData("spec: {run: {unit: {name: a.service}}, restart: {policy: never}}", "spec.restart: goes with run.exec: of a unit its own file says it (Restart=)")]
    [InlineData("spec: {run: {unit: {name: a.service}}, security: {sandbox: none}}", "spec.security.sandbox: goes with run.exec")]
    [InlineData("spec: {run: {unit: {name: a.service}, exec: {command: [/bin/true]}}}", "spec.run: takes one of exec, unit and portable, and has unit and exec")]
    [InlineData("spec: {run: {portable: {image: srv/app.raw, unit: app.service}}}", "'srv/app.raw' must be an absolute path, or the name of an image in /var/lib/portables")]
    [InlineData("spec: {run: {portable: {image: app, unit: app.service, profile: ../x}}}", "'../x' is no profile")]
    public void A_unit_that_can_not_be_run_is_refused(string spec, string says) => _ = Fault(Head + spec, says);

    private static ExecRun Program(Manifest manifest) => Assert.IsType<ExecRun>(manifest.Spec.Run);

    private static IReadOnlyList<Manifest> Right(string text)
    {
        var errors = new List<ManifestError>();
        var manifests = ManifestReader.Read("a.yaml", Encoding.UTF8.GetBytes(text), errors);
        Assert.Empty(errors);
        return manifests;
    }

    private static List<ManifestError> Faults(string text)
    {
        var errors = new List<ManifestError>();
        Assert.Empty(ManifestReader.Read("a.yaml", Encoding.UTF8.GetBytes(text), errors));
        return errors;
    }

    private static string Fault(string text, string says)
    {
        var told = string.Join('\n', Faults(text));
        Assert.Contains(says, told, StringComparison.Ordinal);
        return told;
    }
}
