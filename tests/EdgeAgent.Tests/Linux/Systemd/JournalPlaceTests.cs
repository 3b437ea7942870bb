using EdgeAgent.Linux.Systemd;
using Xunit;

namespace EdgeAgent.Tests.Linux.Systemd;

/// <summary>How many entries lie between two cursors of a journal.</summary>
public sealed class JournalPlaceTests
{
    [Theory]
    [InlineData("s=ab;i=a;b=1;m=2;t=3;x=4", "s=ab;i=b;b=1;m=2;t=3;x=4", 0UL)]
    [InlineData("s=ab;i=a", "s=ab;i=1f", 20UL)]
    [InlineData("s=ab;i=1f", "s=ab;i=a", 0UL)]
    [InlineData("s=ab;i=a", "s=ac;i=b", null)]
    [InlineData("s=ab;i=a", "12:34", null)]
    [InlineData("12:34", "s=ab;i=a", null)]
    [InlineData("", "", null)]
    [InlineData("s=;i=a", "s=;i=c", null)]
    public void Between_two_cursors_of_one_numbering_the_entries_can_be_counted(string cursor, string later, ulong? between) =>
        Assert.Equal(between, JournalPlace.Of(cursor).Before(JournalPlace.Of(later)));
}
