using System.Diagnostics;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>How a program ended and what it wrote.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Errors}");
        return this;
    }
}

/// <summary>Runs programs to their end, with a bound.</summary>
internal static class Command
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    public static async Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> variables, string? input = null, TimeSpan? within = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in variables)
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(within ?? Longest);
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var errors = process.StandardError.ReadToEndAsync(bound.Token);
        try
        {
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), bound.Token);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has read enough of it, and ended.
            }

            await process.WaitForExitAsync(bound.Token);
            return new(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {(within ?? Longest).TotalSeconds} s");
        }
    }
}
