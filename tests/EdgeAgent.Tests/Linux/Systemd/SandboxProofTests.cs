using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd;
using Xunit;

namespace EdgeAgent.Tests.Linux.Systemd;

/// <summary>What is read of how the kernel holds a process, and what a machine can confine work with at all (docs/spec/security.md).</summary>
public sealed class SandboxProofTests
{
    private const string Held = "Name:\tsh\nUid:\t65271\t65271\t65271\t65271\nNoNewPrivs:\t1\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nSeccomp:\t2\nSeccomp_filters:\t36";

    [Theory]
    [InlineData("Name", "Name", "")]
    [InlineData("Uid:\t65271\t65271", "Uid:\t65271\t0", "it runs as root")]
    [InlineData("CapBnd:\t0000000000000000", "CapBnd:\t0000000000000001", "it can have capabilities")]
    [InlineData("CapEff:\t0000000000000000", "CapEff:\t0000000000000400", "it has capabilities")]
    [InlineData("NoNewPrivs:\t1", "NoNewPrivs:\t0", "it can gain privileges")]
    [InlineData("Seccomp:\t2", "Seccomp:\t0", "its system calls are not filtered")]
    [InlineData("Seccomp:\t2\n", "", "its system calls are not filtered")]
    public void Each_line_of_the_status_that_does_not_hold_is_told(string line, string otherwise, string told) =>
        Assert.Equal(told, SandboxProof.Lacking(Held.Replace(line, otherwise, StringComparison.Ordinal).Split('\n'), "mnt:[2]", "mnt:[1]"));

    [Fact]
    public void Who_has_the_system_s_mounts_is_told_and_who_has_ended_is_not()
    {
        Assert.Equal("it has the system's own mounts", SandboxProof.Lacking(Held.Split('\n'), "mnt:[1]", "mnt:[1]"));
        Assert.Equal("", SandboxProof.Lacking(Held.Split('\n'), null, null));
        Assert.Equal("", SandboxProof.Lacking(int.MaxValue));
    }

    [Theory]
    [InlineData(true, true, true, "strict", "sandbox.strict/1 sandbox.devices/1 sandbox.relaxed/1 state.folder/1")]
    [InlineData(true, false, true, "strict", "sandbox.strict/1 sandbox.devices/1 sandbox.relaxed/1 state.folder/1")]
    [InlineData(true, true, false, "basic", "sandbox.relaxed/1 state.folder/1")]
    [InlineData(false, true, true, "basic", "sandbox.relaxed/1")]
    [InlineData(false, false, true, "partial", "")]
    public void A_machine_says_what_it_can_and_is_asked_for_no_more(bool isSystem, bool hasNamespaces, bool hasFilters, string name, string features)
    {
        var machine = new Confinement(isSystem, hasNamespaces, hasNamespaces, hasFilters);
        Assert.Equal((name, features), (machine.Name, string.Join(' ', machine.Features)));
        Assert.Equal((name == "strict", name == "strict", false, false), (machine.IsStrictFor(SandboxLevel.Default), machine.IsStrictFor(SandboxLevel.Strict), machine.IsStrictFor(SandboxLevel.Relaxed), machine.IsStrictFor(SandboxLevel.None)));
    }
}
