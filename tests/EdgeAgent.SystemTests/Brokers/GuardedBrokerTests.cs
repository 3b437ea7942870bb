using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Brokers;

/// <summary>Brokers that want certificates or passwords, and what is said to who lacks them.</summary>
public sealed class GuardedBrokerTests
{
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task With_certificates_at_both_ends_work_is_placed(string protocol)
    {
        await using var guarded = await GuardedBroker.StartAsync(b => [.. b.Tls, "require_certificate true", "use_identity_as_username true", "allow_anonymous false"]);
        var (certificate, key) = guarded.Certificates.Sign("secure");
        var configuration = guarded.Configure("secure", "mqtts", "CaFile=../tls/ca.crt", $"CertificateFile={certificate}", $"KeyFile={key}", $"Protocol={protocol}");
        guarded.StartAgent(configuration);
        await GuardedBroker.LogSays(configuration, "Ready");
        Assert.Contains($"MQTT {protocol}, mqtts://", GuardedBroker.Log(configuration), StringComparison.Ordinal);

        guarded.Context($$"""
            "broker":"mqtts://localhost:{{guarded.Port}}","caFile":"{{guarded.Certificates.AuthorityFile}}","certificateFile":"{{certificate}}","clientKeyFile":"{{key}}"
            """);
        (await guarded.CtlAsync(Manifest.Of("hello", 2, guarded.Stamps), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await guarded.Stamps.LiveAsync(2, PlacedWithin);
        Assert.Contains("ok    broker", (await guarded.AgentAsync("doctor", configuration)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_of_another_authority_is_refused_and_both_doctor_and_log_say_so()
    {
        await using var guarded = await GuardedBroker.StartAsync(b => [.. b.Tls, "allow_anonymous true"]);
        using var other = new Certificates(Path.Combine(guarded.Root, "other"));
        var configuration = guarded.Configure("wary", "mqtts", $"CaFile={other.AuthorityFile}");
        await SaysAsync(guarded, configuration, "TLS failed");
    }

    [Fact]
    public async Task Without_the_certificate_that_the_broker_wants_the_reason_is_told()
    {
        await using var guarded = await GuardedBroker.StartAsync(b => [.. b.Tls, "require_certificate true", "allow_anonymous true"]);
        var configuration = guarded.Configure("bare", "mqtts", "CaFile=../tls/ca.crt");
        await SaysAsync(guarded, configuration, "CertificateFile");
    }

    [Fact]
    public async Task A_password_is_read_from_its_file_and_a_wrong_one_is_told_as_such_but_never_shown()
    {
        const string Secret = "kept-from-the-log";
        await using var guarded = await GuardedBroker.StartAsync(b =>
        {
            var file = Path.Combine(b.Root, "passwords");
            using var made = System.Diagnostics.Process.Start("/usr/bin/mosquitto_passwd", ["-b", "-c", file, "device", Secret]);
            made.WaitForExit();
            return [$"listener {b.Port} 127.0.0.1", "allow_anonymous false", $"password_file {file}"];
        });
        await File.WriteAllTextAsync(Path.Combine(guarded.Root, "right"), Secret + "\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(guarded.Root, "wrong"), "another-" + Secret, TestContext.Current.CancellationToken);

        var right = guarded.Configure("right-one", "mqtt", "Username=device", "PasswordFile=../right");
        guarded.StartAgent(right);
        await GuardedBroker.LogSays(right, "Ready");
        var wrong = guarded.Configure("wrong-one", "mqtt", "Username=device", "PasswordFile=../wrong");
        await SaysAsync(guarded, wrong, "PasswordFile");
        Assert.DoesNotContain(Secret, GuardedBroker.Log(right) + GuardedBroker.Log(wrong), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OldBrokerAnswer.Closes)]
    [InlineData(OldBrokerAnswer.Refuses)]
    public async Task A_broker_that_knows_no_MQTT_5_is_spoken_to_in_3_1_1(OldBrokerAnswer answer)
    {
        await using var guarded = await GuardedBroker.StartAsync(b => [$"listener {b.Port} 127.0.0.1", "allow_anonymous true"]);
        await using var old = new OldBroker(guarded.Port, answer);
        guarded.PortInFront = old.Port;
        var configuration = guarded.Configure("modest", "mqtt");
        guarded.StartAgent(configuration);
        await GuardedBroker.LogSays(configuration, "Ready");
        Assert.Contains("MQTT 3.1.1, mqtt://", GuardedBroker.Log(configuration), StringComparison.Ordinal);
        Assert.InRange(old.TurnedAway, 1, int.MaxValue);

        guarded.Context($"\"broker\":\"mqtt://localhost:{old.Port}\"");
        (await guarded.CtlAsync(Manifest.Of("hello", 2, guarded.Stamps), "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await guarded.Stamps.LiveAsync(2, PlacedWithin);
        (await guarded.CtlAsync("", "delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
    }

    private static async Task SaysAsync(GuardedBroker guarded, string configuration, string words)
    {
        var doctor = await guarded.AgentAsync("doctor", configuration);
        Assert.Equal(1, doctor.ExitCode);
        Assert.True(doctor.Output.Contains(words, StringComparison.Ordinal), doctor.Output);
        guarded.StartAgent(configuration);
        await GuardedBroker.LogSays(configuration, words);
        Assert.DoesNotContain("net_", GuardedBroker.Log(configuration) + doctor.Output, StringComparison.Ordinal);
    }
}
