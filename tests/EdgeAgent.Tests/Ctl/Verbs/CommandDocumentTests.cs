using System.CommandLine;
using EdgeAgent.Tests.Repository;
using EdgeCtl.Verbs;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Verbs;

public sealed class CommandDocumentTests
{
    [Fact]
    public void The_document_has_every_verb_option_and_column_of_the_command_table() =>
        WrittenDocument.HoldsBetween("docs/spec/edgectl.md", "the command table", CommandTexts.Verbs());

    [Fact]
    public void The_document_has_every_exit_code()
    {
        var text = RepositoryTree.Read("docs/spec/edgectl.md");
        Assert.All([ExitCode.Done, ExitCode.Failed, ExitCode.Usage, ExitCode.Unreachable, ExitCode.TimedOut], c => Assert.Contains($"\n| {c} | ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verb_argument_and_option_says_what_it_is_for() => Assert.All(All(CommandLine.Create()), c =>
    {
        Assert.False(string.IsNullOrEmpty(c.Description), c.Name);
        Assert.All(c.Options, o => Assert.False(string.IsNullOrEmpty(o.Description), $"{c.Name} {o.Name}"));
        Assert.All(c.Arguments, a => Assert.False(string.IsNullOrEmpty(a.Description), $"{c.Name} {a.Name}"));
    });

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
