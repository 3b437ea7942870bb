using System.Text;

namespace EdgeCtl.Manifest;

/// <summary>
/// What <c>-f</c> names: files, folders (their .yaml, .yml and .json files in order of name) and <c>-</c> for standard input. Everything is
/// read and checked before anything is sent. Errors are <see cref="CtlException"/> with a line each.
/// </summary>
public static class ManifestSource
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static IReadOnlyList<ManifestWorkload> Read(IReadOnlyList<string> names, Stream standardInput)
    {
        var workloads = new List<ManifestWorkload>();
        var errors = new List<ManifestError>();
        foreach (var (source, open) in names.SelectMany(n => Sources(n, standardInput)))
        {
            try
            {
                using var stream = open();
                Parse(source, Text(source, stream), workloads, errors);
            }
            catch (ManifestException e)
            {
                errors.AddRange(e.Errors);
            }
        }

        foreach (var twice in workloads.GroupBy(w => w.Name).SelectMany(g => g.Skip(1)))
        {
            var first = workloads.First(w => w.Name == twice.Name);
            errors.Add(new ManifestError(twice.Source, twice.At, "metadata.name", $"{twice.Name} is also in {first.Source}:{first.At.Line}: give one of them another name"));
        }

        if (errors.Count > 0)
        {
            var shown = errors.Take(ManifestLimits.ErrorsShownMax).Select(e => e.ToString());
            throw new CtlException(ExitCode.Failed, string.Join('\n', errors.Count > ManifestLimits.ErrorsShownMax ? shown.Append($"and {errors.Count - ManifestLimits.ErrorsShownMax} more") : shown) + "\nnothing was sent");
        }

        return workloads.Count > 0 ? workloads : throw new CtlException(ExitCode.Failed, $"{string.Join(", ", names)}: there is no workload in it");
    }

    /// <summary>One text, its errors thrown as <see cref="ManifestException"/>.</summary>
    public static IReadOnlyList<ManifestWorkload> Parse(string source, string text)
    {
        var workloads = new List<ManifestWorkload>();
        var errors = new List<ManifestError>();
        Parse(source, text, workloads, errors);
        return errors.Count == 0 ? workloads : throw new ManifestException(errors);
    }

    private static void Parse(string source, string text, List<ManifestWorkload> workloads, List<ManifestError> errors)
    {
        foreach (var document in YamlReader.Read(source, text))
        {
            if (SpecBuilder.Build(source, document, errors) is { } workload)
            {
                workloads.Add(workload);
            }
        }
    }

    private static IEnumerable<(string Source, Func<Stream> Open)> Sources(string name, Stream standardInput)
    {
        if (name == "-")
        {
            return [("standard input", () => standardInput)];
        }

        if (!Directory.Exists(name))
        {
            return File.Exists(name) ? [(name, () => File.OpenRead(name))] : throw new CtlException(ExitCode.Failed, $"{name}: there is no such file or folder");
        }

        var files = Directory.EnumerateFiles(name).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal).Take(ManifestLimits.FilesMax + 1).ToList();
        return files.Count switch
        {
            0 => throw new CtlException(ExitCode.Failed, $"{name}: there is no .yaml, .yml or .json file in this folder"),
            > ManifestLimits.FilesMax => throw new CtlException(ExitCode.Failed, $"{name}: more than {ManifestLimits.FilesMax} files: apply it in parts"),
            _ => files.Select(f => (f, (Func<Stream>)(() => File.OpenRead(f)))),
        };
    }

    private static string Text(string source, Stream stream)
    {
        var bytes = new byte[ManifestLimits.BytesMax + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (count > ManifestLimits.BytesMax)
        {
            throw new ManifestException([new ManifestError(source, new(1, 1), "", $"is larger than {ManifestLimits.BytesMax / 1024 / 1024} MiB: a manifest says what to run, it doesn't hold it; split it into several files")]);
        }

        var content = bytes.AsSpan(0, count);
        content = content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            var before = content[..Math.Clamp(e.Index, 0, content.Length)];
            var at = new TextPlace(before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'));
            throw new ManifestException([new ManifestError(source, at, "", "is not UTF-8 text")]);
        }
    }
}
