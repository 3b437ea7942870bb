using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Configuration;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>agent.conf: what it comes to, and that each fault names its place and what to do.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-conf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Values_come_from_the_file_then_its_drop_ins_then_variables()
    {
        DropIn("20-later.conf", "[Node]\nCell = dropped\n[Log]\nLevel = debug");
        DropIn("10-sooner.conf", "[Node]\nCell = sooner\nFleet = f2");

        var read = Read("[Node]\nName=n1\nFleet=f1\nCell=c1", ("EDGEAGENT_LOG_LEVEL", "error"));

        Assert.Equal("n1 f2 dropped Error", $"{read.Name} {read.Fleet} {read.Cell} {read.LogLevel}");
    }

    [Fact]
    public void Lists_amounts_and_paths_are_read()
    {
        var read = Read("[Node]\nLabels=zone=a, site=north\nTaints=gpu=yes:NoRun edge:NoPlace\nCapacity=cpu=1500m,memory=4Gi tasks=10\nStateDirectory=state");

        Assert.Equal("site=north zone=a", string.Join(' ', read.Labels.Select(l => $"{l.Key}={l.Value}").Order(StringComparer.Ordinal)));
        Assert.Equal([new Taint("gpu", "yes", TaintEffect.NoRun), new Taint("edge", "", TaintEffect.NoPlace)], read.Taints);
        Assert.Equal((1500L, 4L << 30, 0L, 10L), (read.Capacity.Cpu.Value, read.Capacity.Memory.Value, read.Capacity.Disk.Value, read.Capacity.Tasks));
        Assert.Equal(Path.Combine(_folder, "state", "edgeagent.db"), read.StorePath);
    }

    [Fact]
    public void A_secret_is_read_without_its_line_feed_and_prints_as_stars()
    {
        var file = Path.Combine(_folder, "password");
        File.WriteAllText(file, "geheim\n");
        var secret = Secret.OfFile(file);

        Assert.Equal("geheim"u8.ToArray(), secret.Reveal());
        Assert.Equal("***", $"{secret}");
    }

    [Theory]
    [InlineData("[Broker]\n\nKeepAliv=10s", "agent.conf:3: [Broker] KeepAliv is no option; did you mean [Broker] KeepAlive?")]
    [InlineData("[Broker]\nSomethingElse=1", "docs/spec/configuration.md")]
    [InlineData("[Node]\nName=Hall_3", "agent.conf:2: [Node] Name: 'Hall_3' is no name of a node")]
    [InlineData("[Node]\nReconnectWindow=10", "agent.conf:2: [Node] ReconnectWindow: '10'")]
    [InlineData("[Node]\nReconnectWindow=11m", "out of range: expected a duration from 1s to 10m")]
    [InlineData("[Node]\nCapacity=cpu=9Ei", "[Node] Capacity: 'cpu=9Ei'")]
    [InlineData("[Node]\nCapacity=memory=-1", "[Node] Capacity: 'memory=-1'")]
    [InlineData("[Node]\nCapacity=memory=500m", "is not a whole number")]
    [InlineData("[Node]\nCapacity=gpu=1", "[Node] Capacity: 'gpu=1'")]
    [InlineData("[Node]\nLabels=zone", "[Node] Labels: 'zone': expected key=value")]
    [InlineData("[Node]\nLabels=a=1 a=2", "'a' is given twice")]
    [InlineData("[Node]\nLabels=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg=1", "a label's key has 1 to 63 characters")]
    [InlineData("[Node]\nTaints=a=b:7", "[Node] Taints: 'a=b:7'")]
    [InlineData("[Node]\nTaints=memory-pressure=mine:NoRun", "[Node] Taints: the taint memory-pressure is the node's own word")]
    [InlineData("[Node]\nTaints=:NoRun", "[Node] Taints: ':NoRun'")]
    [InlineData("[Node]\nOperatorKeys=nowhere.pub", "nowhere.pub")]
    [InlineData("[Broker]\nUrl=http://h", "expected mqtt://HOST:PORT")]
    [InlineData("[Broker]\nUrl=mqtt://me:geheim@h", "use Username and PasswordFile")]
    [InlineData("[Broker]\nRoot=a/b/c/d", "[Broker] Root: 'a/b/c/d'")]
    [InlineData("[Broker]\nPasswordFile=%d/p", "LoadCredential=")]
    [InlineData("[Broker]\nPasswordFile=none", "there is no file")]
    [InlineData("[Runtime]\nKind=docker", "expected auto, systemd or process")]
    [InlineData("[Node]\nCell=a\nthis is no option", "agent.conf:3: 'this is no option' is neither")]
    [InlineData("[Node]\nCell=a\nCell=b", "agent.conf:3: [Node] Cell is given a second time")]
    public void A_fault_names_its_place_and_what_was_expected(string text, string expected) => Assert.Contains(expected, Fault(text), StringComparison.Ordinal);

    [Fact]
    public void A_password_in_the_url_is_not_repeated() => Assert.DoesNotContain("geheim", Fault("[Broker]\nUrl=mqtt://me:geheim@h"), StringComparison.Ordinal);

    [Fact]
    public void All_faults_are_told_at_once()
    {
        DropIn("1.conf", "[Log]\nLevel=loud");

        var fault = Fault("[Node]\nCell=A!\n[Broker]\nCertificateFile=agent.conf", ("EDGEAGENT_BROKER_URI", "x"));

        Assert.Contains("agent.conf:2: [Node] Cell", fault, StringComparison.Ordinal);
        Assert.Contains("CertificateFile and KeyFile belong together", fault, StringComparison.Ordinal);
        Assert.Contains("1.conf:2: [Log] Level: 'loud'", fault, StringComparison.Ordinal);
        Assert.Contains("the variable EDGEAGENT_BROKER_URI is no option", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%d/p")]
    [InlineData("$CREDENTIALS_DIRECTORY/p")]
    public void A_credential_of_systemd_is_found(string text)
    {
        var credentials = Directory.CreateDirectory(Path.Combine(_folder, "cred")).FullName;
        File.WriteAllText(Path.Combine(credentials, "p"), "x");

        var read = Read($"[Broker]\nPasswordFile={text}", ("CREDENTIALS_DIRECTORY", credentials));

        Assert.Equal(Path.Combine(credentials, "p"), read.Broker.PasswordFile);
    }

    [Fact]
    public void Artifacts_have_their_bounds_and_the_keys_of_their_stores()
    {
        var credentials = Directory.CreateDirectory(Path.Combine(_folder, "cred")).FullName;
        File.WriteAllText(Path.Combine(credentials, "minio"), "KEY:SECRET");
        File.WriteAllText(Path.Combine(_folder, "other"), "KEY:SECRET");

        var read = Read("[Artifacts]\nDisk=4Gi\nRate=500Ki\nHttp=yes\nS3=us-east-1@https://minio.example:9000/models/=%d/minio, eu@http://other/=other", ("CREDENTIALS_DIRECTORY", credentials)).Artifacts;

        Assert.Equal((4L << 30, 500L << 10, true, (string?)null), (read.DiskMax, read.Rate, read.AllowsHttp, read.CaFile));
        Assert.Equal([("us-east-1", Path.Combine(credentials, "minio")), ("eu", Path.Combine(_folder, "other"))], read.Stores.Select(s => (s.Region, s.KeyFile)));
        Assert.Equal("us-east-1", read.StoreOf(new Uri("https://minio.example:9000/models/infer.tar"))?.Region);
        Assert.Null(read.StoreOf(new Uri("https://minio.example:9000/others/infer.tar")));
        Assert.Null(read.StoreOf(new Uri("https://minio.example/models/infer.tar")));
        Assert.Null(read.StoreOf(new Uri("http://minio.example:9000/models/infer.tar")));
    }

    [Theory]
    [InlineData("Disk=much", "[Artifacts] Disk: 'much'")]
    [InlineData("Disk=5", "[Artifacts] Disk: '5' is less than 1Mi")]
    [InlineData("Rate=1", "[Artifacts] Rate: '1' is less than 1Ki")]
    [InlineData("Http=maybe", "[Artifacts] Http: 'maybe': expected yes or no")]
    [InlineData("CaFile=none.pem", "[Artifacts] CaFile: there is no file")]
    [InlineData("S3=https://minio.example/=key", "[Artifacts] S3: 'https://minio.example/=key': expected REGION@https://HOST:PORT/=FILE")]
    [InlineData("S3=eu@https://minio.example/", "[Artifacts] S3: 'eu@https://minio.example/': expected REGION@")]
    [InlineData("S3=eu@https://minio.example/=none", "[Artifacts] S3: there is no file")]
    [InlineData("S3=eu@https://a:b@minio.example/=none", "[Artifacts] S3: a key does not belong into the address")]
    public void What_is_wrong_about_artifacts_is_told(string line, string says) =>
        Assert.Contains(says, Fault($"[Artifacts]\n{line}"), StringComparison.Ordinal);

    [Fact]
    public void A_named_file_must_be_there() =>
        Assert.Contains(
            "there is no such file",
            Assert.Throws<ConfigurationException>(() => ConfigurationReader.Read(Path.Combine(_folder, "none.conf"), new Dictionary<string, string>())).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("mqtt://h", 1883, false)]
    [InlineData("mqtts://h", 8883, true)]
    [InlineData("mqtts://h:99", 99, true)]
    public void A_broker_has_the_ports_of_its_scheme(string url, int port, bool tls)
    {
        var broker = Read($"[Broker]\nUrl={url}").Broker;

        Assert.Equal(("h", port, tls), (broker.Host, broker.Port, broker.UseTls));
    }

    private void DropIn(string name, string text) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "agent.conf.d")).FullName, name), text);

    private AgentConfiguration Read(string text, params ReadOnlySpan<(string Name, string Value)> variables)
    {
        var file = Path.Combine(_folder, "agent.conf");
        File.WriteAllText(file, text);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return ConfigurationReader.Read(file, environment);
    }

    private string Fault(string text, params (string Name, string Value)[] variables) =>
        Assert.Throws<ConfigurationException>(() => Read(text, variables)).Message;
}
