using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using EdgeAgent.Core.Placement;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>What units wrote, as the journal keeps it; read by journalctl(1), so that a rotated or a damaged journal is its business.</summary>
public sealed class JournalLog(SystemdRuntimeOptions options) : IUnitLog
{
    private readonly UnitName _names = new(options);

    public async IAsyncEnumerable<LogLine> Read(SlotId slot, int? lines, bool follow, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var journal = Start(slot, lines, follow);
        try
        {
            // Its complaints are kept only for the case that it fails.
            var complaints = journal.StandardError.ReadToEndAsync(cancel);
            await foreach (var line in BoundedLines.Read(journal.StandardOutput.BaseStream, cancel).ConfigureAwait(false))
            {
                if (JournalEntry.TryParse(line, out var entry))
                {
                    yield return entry;
                }
            }

            await journal.WaitForExitAsync(cancel).ConfigureAwait(false);
            if (journal.ExitCode != 0)
            {
                throw new IOException($"journalctl: {(await complaints.ConfigureAwait(false)).Trim()}");
            }
        }
        finally
        {
            if (!journal.HasExited)
            {
                journal.Kill();
            }
        }
    }

    private Process Start(SlotId slot, int? lines, bool follow)
    {
        var isSystem = Environment.IsPrivilegedProcess;
        var start = new ProcessStartInfo("journalctl")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                isSystem ? "--system" : "--user",
                "--output=json",
                "--output-fields=MESSAGE,PRIORITY",
                "--all",
                "--quiet",
                "--no-pager",
                $"--lines={lines?.ToString(CultureInfo.InvariantCulture) ?? "all"}",

                // Not --unit=: with it come the manager's own words about the unit.
                $"{(isSystem ? "_SYSTEMD_UNIT" : "_SYSTEMD_USER_UNIT")}={_names.Of(slot)}",
            },
        };
        if (follow)
        {
            start.ArgumentList.Add("--follow");
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"journalctl can't be started: {e.Message}. It comes with systemd", e);
        }
    }
}
