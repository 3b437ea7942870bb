using EdgeAgent.Linux.Systemd;
using Xunit;

namespace EdgeAgent.Tests.Linux;

/// <summary>Whoever asked systemd for a job is told once what became of it, in whichever order its words come.</summary>
public sealed class JobTableTests
{
    private const ulong Call = 7;
    private const string Job = "/org/freedesktop/systemd1/job/1";

    private readonly JobTable _jobs = new();
    private readonly List<JobEnd> _told = [];

    public JobTableTests() => _jobs.Expect(Call, _told.Add);

    [Fact]
    public void A_job_ends_after_its_call_was_answered()
    {
        _jobs.Answered(Call, Job);
        Assert.Empty(_told);
        Assert.Equal(0, _jobs.UnansweredCount);
        _jobs.Ended(Job, "dependency");
        _jobs.Ended(Job, "dependency");
        Assert.Equal([new JobEnd(JobFate.Ended, "dependency")], _told);
    }

    [Fact]
    public void A_job_that_ends_before_its_call_is_answered_is_remembered()
    {
        _jobs.Ended(Job, "done");
        Assert.Empty(_told);
        _jobs.Answered(Call, Job);
        Assert.Equal([new JobEnd(JobFate.Ended, "done")], _told);
    }

    [Fact]
    public void A_refusal_is_told_with_its_name_and_message()
    {
        _jobs.Refused(Call, ("org.freedesktop.systemd1.UnitExists", "it is there"));
        Assert.Equal([new JobEnd(JobFate.Refused, Error: ("org.freedesktop.systemd1.UnitExists", "it is there"))], _told);
    }

    [Fact]
    public void A_lost_connection_tells_what_was_answered_from_what_was_not()
    {
        _jobs.Expect(Call + 1, _told.Add);
        _jobs.Answered(Call, Job);
        _jobs.Lost();
        _jobs.Lost();
        Assert.Equal([new JobEnd(JobFate.Unanswered), new JobEnd(JobFate.Unheard)], _told);
    }

    [Fact]
    public void What_is_asked_while_the_loss_is_told_is_kept()
    {
        _jobs.Expect(Call + 1, _ => _jobs.Expect(Call + 2, _told.Add));
        _jobs.Lost();
        Assert.Equal(1, _jobs.UnansweredCount);
    }
}
