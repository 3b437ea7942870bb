using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class EvaluationTests
{
    private static readonly FactSet Node = Facts.Of(
        ("lsm", FactValue.Of("apparmor")),
        ("power.source", FactValue.Of("battery")),
        ("os", FactValue.Of("Debian 12")),
        ("kernel", FactValue.Of("6.1")),
        ("tpm", FactValue.Of(true)),
        ("cores", FactValue.Of(4)),
        ("memory", Facts.Number(256 * 1024 * 1024, "By")),
        ("uptime", Facts.Number(5, "s")),
        ("sensor.cpu_temp", Facts.Number(85, "Cel")),
        ("sensor.stale", Facts.Number(20, "Cel").Bad("no reading for 40 s")),
        ("sensor.nan", Facts.Number(double.NaN, "Cel")),
        ("sensor.new", Facts.Number(3, "[pH]")));

    [Theory]
    [InlineData("lsm == apparmor", Outcome.True, "lsm is apparmor, meets == apparmor")]
    [InlineData("lsm != apparmor", Outcome.False, "lsm is apparmor, needs != apparmor")]
    [InlineData("lsm == Apparmor", Outcome.False, "lsm is apparmor, needs == Apparmor")]
    [InlineData("os in ['Debian 12', x]", Outcome.True, "os is \"Debian 12\", meets in [\"Debian 12\", x]")]
    [InlineData("lsm in [selinux, smack]", Outcome.False, "lsm is apparmor, needs in [selinux, smack]")]
    [InlineData("!(lsm in [apparmor])", Outcome.False, "lsm is apparmor, needs not in [apparmor]")]
    [InlineData("tpm == true", Outcome.True, "tpm is true, meets == true")]
    [InlineData("tpm == false", Outcome.False, "tpm is true, needs == false")]
    [InlineData("sensor.cpu_temp < 80", Outcome.False, "sensor.cpu_temp is 85 Cel, needs < 80")]
    [InlineData("sensor.cpu_temp < 80Cel", Outcome.False, "sensor.cpu_temp is 85 Cel, needs < 80Cel")]
    [InlineData("sensor.cpu_temp <= 85", Outcome.True, "sensor.cpu_temp is 85 Cel, meets <= 85")]
    [InlineData("sensor.cpu_temp >= 85", Outcome.True, "sensor.cpu_temp is 85 Cel, meets >= 85")]
    [InlineData("sensor.cpu_temp > 85", Outcome.False, "sensor.cpu_temp is 85 Cel, needs > 85")]
    [InlineData("!(sensor.cpu_temp > 80)", Outcome.False, "sensor.cpu_temp is 85 Cel, needs <= 80")]
    [InlineData("!(sensor.cpu_temp < 90)", Outcome.False, "sensor.cpu_temp is 85 Cel, needs >= 90")]
    [InlineData("!(sensor.cpu_temp <= 90)", Outcome.False, "sensor.cpu_temp is 85 Cel, needs > 90")]
    [InlineData("!(sensor.cpu_temp >= 80)", Outcome.False, "sensor.cpu_temp is 85 Cel, needs < 80")]
    [InlineData("!(sensor.cpu_temp != 80)", Outcome.False, "sensor.cpu_temp is 85 Cel, needs == 80")]
    [InlineData("!(power.source == battery)", Outcome.False, "power.source is battery, needs != battery")]
    [InlineData("memory >= 512Mi", Outcome.False, "memory is 256Mi, needs >= 512Mi")]
    [InlineData("smack == on", Outcome.Unknown, "smack is unknown on this node")]
    [InlineData("smack != on", Outcome.Unknown, "smack is unknown on this node")]
    [InlineData("!(smack == on)", Outcome.Unknown, "smack is unknown on this node")]
    [InlineData("sensor.stale < 80", Outcome.Unknown, "sensor.stale is unknown: no reading for 40 s")]
    [InlineData("sensor.nan < 80", Outcome.Unknown, "sensor.nan is unknown: its value is not a number")]
    [InlineData("uptime > 64Mi", Outcome.Unknown, "uptime is 5 s: a number in s cannot be compared with 64Mi, write it in s")]
    [InlineData("memory > 10s", Outcome.Unknown, "memory is 256Mi: a number in By cannot be compared with 10s, write it in By")]
    [InlineData("memory > 1h30m", Outcome.Unknown, "memory is 256Mi: a number in By cannot be compared with 1h30m, write it in By")]
    [InlineData("memory > 128m", Outcome.Unknown, "memory is 256Mi: a number in By cannot be compared with 128m, write it in By")]
    [InlineData("sensor.cpu_temp > 300K", Outcome.Unknown, "sensor.cpu_temp is 85 Cel: a number in Cel cannot be compared with 300K, write it in Cel")]
    [InlineData("cores > 2s", Outcome.Unknown, "cores is 4: a number without a unit cannot be compared with 2s")]
    [InlineData("cores > 1m1s", Outcome.Unknown, "cores is 4: a number without a unit cannot be compared with 1m1s")]
    [InlineData("kernel >= 6", Outcome.Unknown, "kernel is \"6.1\": a text cannot be compared with 6, write \"6.1\" to compare texts")]
    [InlineData("tpm == yes", Outcome.Unknown, "tpm is true: a boolean cannot be compared with yes, write true or false")]
    [InlineData("cores == four", Outcome.Unknown, "cores is 4: a number cannot be compared with four")]
    [InlineData("cores in [four, 4]", Outcome.True, "cores is 4, meets in [four, 4]")]
    [InlineData("cores in [four, 5]", Outcome.Unknown, "cores is 4: a number cannot be compared with four")]
    [InlineData("sensor.new < 7", Outcome.True, "sensor.new is 3 [pH], meets < 7")]
    [InlineData("sensor.new < 7Cel", Outcome.Unknown, "sensor.new is 3 [pH]: a number in [pH] cannot be compared with 7Cel, write it in [pH]")]
    [InlineData("lsm == apparmor && tpm == true", Outcome.True, "lsm is apparmor, meets == apparmor; tpm is true, meets == true")]
    [InlineData("lsm == apparmor && tpm == false && cores > 9", Outcome.False, "tpm is true, needs == false; cores is 4, needs > 9")]
    [InlineData("lsm == apparmor && smack == on", Outcome.Unknown, "smack is unknown on this node")]
    [InlineData("lsm == selinux || tpm == true || cores > 0", Outcome.True, "tpm is true, meets == true")]
    [InlineData("lsm == selinux || smack == on", Outcome.Unknown, "lsm is apparmor, needs == selinux; smack is unknown on this node")]
    [InlineData("!(lsm == apparmor || smack == on)", Outcome.False, "lsm is apparmor, needs != apparmor; smack is unknown on this node")]
    [InlineData("!(lsm == selinux && smack == on)", Outcome.True, "lsm is apparmor, meets != selinux")]
    public void Verdict_states_the_figures_that_decided(string text, Outcome outcome, string why)
    {
        var expression = Facts.Parse(text);
        var verdict = expression.Evaluate(Node);

        Assert.Equal(outcome, verdict.Outcome);
        Assert.Equal(outcome, expression.Test(Node));
        Assert.Equal(outcome == Outcome.True, verdict.IsSatisfied);
        Assert.Equal(why, verdict.Why);
    }

    [Fact]
    public void Unknown_names_the_first_fact_that_made_it_so()
    {
        var because = Facts.Parse("lsm == selinux || smack == on || other == 1").Evaluate(Node).UnknownBecause;

        Assert.Equal("smack", because?.Fact.Value);
        Assert.Null(Facts.Parse("lsm == selinux").Evaluate(Node).UnknownBecause);
    }

    [Fact]
    public void Why_is_bounded_and_says_what_it_left_out()
    {
        var verdict = Facts.Parse(string.Join(" && ", Enumerable.Range(0, 20).Select(i => $"cores == {100 + i}"))).Evaluate(Node);

        Assert.Equal(ExpressionLimits.ReasonsMax, verdict.Reasons.Count);
        Assert.EndsWith("cores is 4, needs == 107; and 12 more", verdict.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_shows_a_hostile_text_short_and_without_control_characters()
    {
        var why = Facts.Parse("label == x").Evaluate(Facts.Of(("label", FactValue.Of("\u001b[2J" + new string('y', 5000))))).Why;

        Assert.True(why.Length < 120, why);
        Assert.DoesNotContain('\u001b', why);
    }

    [Fact]
    public void Test_allocates_nothing()
    {
        var expression = Facts.Parse("lsm == apparmor && (sensor.cpu_temp > 80Cel || memory in [1Gi, 2Gi]) && !(smack == on)");
        expression.Test(Node);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            expression.Test(Node);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
