using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.AppArmor;

/// <summary>The kernel's lines as Linux 6.1 writes them, by the journal's two ways.</summary>
public sealed class AuditRecordTests
{
    private const string Begin = "AVC apparmor=\"DENIED\" operation=\"open\" profile=\"edge-web-1\" ";

    [Theory]
    [InlineData(Begin + "name=\"/etc/shadow\" pid=12 comm=\"cat\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0", DeniedAct.Read, "/etc/shadow", "cat")]
    [InlineData(Begin + "name=\"/etc/x\" pid=12 comm=\"sh\" requested_mask=\"wc\" denied_mask=\"wc\" fsuid=0 ouid=0", DeniedAct.Write, "/etc/x", "sh")]
    [InlineData("audit: type=1400 audit(1764492929.1:30): apparmor=\"DENIED\" operation=\"exec\" profile=\"edge-web-1\" name=\"/usr/bin/id\" pid=12 comm=\"sh\" requested_mask=\"x\" denied_mask=\"x\" fsuid=0 ouid=0", DeniedAct.Execute, "/usr/bin/id", "sh")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"file_mmap\" profile=\"edge-web-1\" name=\"/opt/x.so\" pid=12 comm=\"sh\" requested_mask=\"m\" denied_mask=\"m\" fsuid=0 ouid=0", DeniedAct.Execute, "/opt/x.so", "sh")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"capable\" profile=\"edge-web-1\" pid=12 comm=\"perl\" capability=13  capname=\"net_raw\"", DeniedAct.Capability, "net_raw", "perl")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"create\" profile=\"edge-web-1\" pid=12 comm=\"perl\" family=\"inet\" sock_type=\"raw\" protocol=1 requested_mask=\"create\" denied_mask=\"create\"", DeniedAct.Network, "inet raw", "perl")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"ptrace\" profile=\"edge-web-1\" pid=12 comm=\"gdb\" requested_mask=\"trace\" denied_mask=\"trace\" peer=\"unconfined\"", DeniedAct.Trace, "unconfined", "gdb")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"signal\" profile=\"edge-web-1\" pid=12 comm=\"sh\" requested_mask=\"send\" denied_mask=\"send\" signal=kill peer=\"unconfined\"", DeniedAct.Signal, "kill to unconfined", "sh")]
    [InlineData("AVC apparmor=\"DENIED\" operation=\"mount\" info=\"failed mntpnt match\" error=-13 profile=\"edge-web-1\" pid=12 comm=\"mount\"", DeniedAct.Other, "mount failed mntpnt match", "mount")]
    public void What_was_denied_is_understood(string line, DeniedAct act, string what, string program)
    {
        Assert.True(AuditRecord.TryParse(line, isOfLog: line[0] == 'a', out var record));
        Assert.Equal(new AuditRecord("edge-web-1", 12, new Denial(act, what, program, IsAllowed: false)), record);
    }

    [Fact]
    public void What_has_spaces_comes_in_hexadecimal_digits_and_what_is_allowed_says_so()
    {
        Assert.True(AuditRecord.TryParse("AVC apparmor=\"ALLOWED\" operation=\"open\" profile=\"edge-web-1\" name=2F746D702F6120622063 pid=7 comm=6120220A denied_mask=\"r\"", isOfLog: false, out var record));
        Assert.Equal(new AuditRecord("edge-web-1", 7, new Denial(DeniedAct.Read, "/tmp/a b c", "a \"?", IsAllowed: true)), record);
    }

    [Theory]
    [InlineData("")]
    [InlineData("apparmor=")]
    [InlineData("apparmor=\"DENIED")]
    [InlineData("apparmor=\"STATUS\" operation=\"profile_load\" profile=\"unconfined\" name=\"edge-web-1\" pid=9 comm=\"apparmor_parser\"")]
    [InlineData("=== = \"\" apparmor=\"DENIED\"")]
    [InlineData("usb 1-1: new device apparmor=\"DENIED\"")]
    public void Another_line_is_none(string line) => Assert.False(AuditRecord.TryParse(line, isOfLog: false, out _));

    /// <summary>Whoever may write into the kernel's log, or into the audit as a user, is not the kernel.</summary>
    [Theory]
    [InlineData("apparmor=\"DENIED\" operation=\"open\" profile=\"edge-web-1\" name=\"/etc\" denied_mask=\"r\"")]
    [InlineData("audit: type=1107 audit(1.0:1): pid=1 uid=0 msg=' apparmor=\"DENIED\" operation=\"open\" profile=\"edge-web-1\" name=\"/etc\" denied_mask=\"r\"'")]
    [InlineData("me: audit: type=1400 audit(1.0:1): apparmor=\"DENIED\" operation=\"open\" profile=\"edge-web-1\" name=\"/etc\" denied_mask=\"r\"")]
    public void A_line_of_the_log_that_another_than_the_audit_wrote_is_none(string line) => Assert.False(AuditRecord.TryParse(line, isOfLog: true, out _));
}
