using EdgeAgent.Linux.Systemd;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>What an operator reads where a bus refused something: no more than is known, and what to do.</summary>
public sealed class BusRefusalTests
{
    [Theory]
    [InlineData("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "Interactive authentication required.", "(polkit refused, it was the action org.freedesktop.login1.reboot)")]
    [InlineData("org.freedesktop.PolicyKit1.Error.NotAuthorized", "Not authorized", "(polkit refused, it was the action org.freedesktop.login1.reboot)")]
    [InlineData("org.freedesktop.DBus.Error.AccessDenied", "Permission denied", "(polkit, the bus' policy or a security module refused; where it was polkit, it was the action org.freedesktop.login1.reboot)")]
    public void A_user_that_may_not_reads_of_which_action_it_was_and_the_rule_that_would_allow_it(string error, string message, string says)
    {
        var text = BusRefusal.Explain(error, message, BusRefusal.Reboot, "restart the machine", "edge", isRoot: false);
        Assert.StartsWith($"the user edge, whom the agent runs as, may not restart the machine: {message.TrimEnd('.')} {says}. Run the agent as root, or allow it: in /etc/polkit-1/rules.d/", text, StringComparison.Ordinal);
        Assert.Contains("""if (action.id == "org.freedesktop.login1.reboot" && subject.user == "edge") return polkit.Result.YES;""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_is_sent_to_the_bus_policy_and_the_security_module_and_to_no_rule_of_polkit()
    {
        var text = BusRefusal.Explain("org.freedesktop.DBus.Error.AccessDenied", "SELinux policy denies access", BusRefusal.ManageUnits, "start ssh.service", "root", isRoot: true);
        Assert.Contains("SELinux policy denies access", text, StringComparison.Ordinal);
        Assert.Contains("journalctl -k -g denied", text, StringComparison.Ordinal);
        Assert.DoesNotContain("rules.d", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_that_a_user_s_manager_does_not_have_may_be_the_machine_s()
    {
        const string Message = "Unit ssh.service not found.";
        Assert.Equal(Message, BusRefusal.Explain("org.freedesktop.systemd1.NoSuchUnit", Message, BusRefusal.ManageUnits, "start ssh.service", "root", isRoot: true));
        Assert.Contains("commands that user's own units", BusRefusal.Explain("org.freedesktop.systemd1.NoSuchUnit", Message, BusRefusal.ManageUnits, "start ssh.service", "edge", isRoot: false), StringComparison.Ordinal);
        Assert.Equal("busy", BusRefusal.Explain("org.freedesktop.login1.OperationInProgress", "busy", BusRefusal.Reboot, "restart the machine", "edge", isRoot: false));
    }
}
