using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>What it was asked for, as its log has it.</summary>
internal readonly record struct ServedRequest(int Status, string Path, long Bytes);

/// <summary>nginx with a certificate of the tests' own authority, and a folder that it serves.</summary>
internal sealed class ArtifactServer : IAsyncDisposable
{
    private const string Nginx = "/usr/sbin/nginx";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly string _root = Directory.CreateTempSubdirectory("edge-artifacts").FullName;
    private readonly Certificates _certificates;
    private readonly int _port = Ports.Free();
    private readonly int _plainPort = Ports.Free();
    private Process? _nginx;

    private ArtifactServer(int bytesPerSecond)
    {
        _certificates = new Certificates(Path.Combine(_root, "tls"));
        var (certificate, key) = _certificates.Sign("artifacts");
        Directory.CreateDirectory(Files);
        var rate = bytesPerSecond > 0 ? $"limit_rate {bytesPerSecond.ToString(CultureInfo.InvariantCulture)};" : "";
        var folders = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(n => $"{n}_temp_path {_root}/{n}; "));
        File.WriteAllText(Configuration, $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}} daemon off; master_process off; pid {{_root}}/pid; error_log {{_root}}/errors;
            events {}
            http {
              log_format seen '$status $uri $body_bytes_sent'; access_log {{Log}} seen; {{folders}} {{rate}}
              server { listen 127.0.0.1:{{_port}} ssl; listen 127.0.0.1:{{_plainPort}}; ssl_certificate {{certificate}}; ssl_certificate_key {{key}}; root {{Files}};
                location /elsewhere/ { return 302 https://localhost:{{_port}}/; } location /to-http { return 302 http://localhost:{{_plainPort}}/hello; } }
            }
            """);
    }

    public string Files => Path.Combine(_root, "files");

    public string AuthorityFile => _certificates.AuthorityFile;

    private string Configuration => Path.Combine(_root, "nginx.conf");

    private string Log => Path.Combine(_root, "log");

    public static async Task<ArtifactServer> StartAsync(int bytesPerSecond = 0)
    {
        Assert.SkipUnless(File.Exists(Nginx), $"{Nginx} is missing: run ./build.sh setup");
        var server = new ArtifactServer(bytesPerSecond);
        await server.BeginAsync();
        return server;
    }

    /// <summary>Options of an agent that trusts it.</summary>
    public string[] Trusted(params string[] more) => ["[Artifacts]", $"CaFile={AuthorityFile}", .. more];

    public string UrlOf(string name) => $"https://localhost:{_port}/{name}";

    public string PlainUrlOf(string name) => $"http://localhost:{_plainPort}/{name}";

    public async Task BeginAsync()
    {
        _nginx = Process.Start(Nginx, ["-c", Configuration]);
        await Eventually.Is(() => Ports.ListensAsync(_port), l => l, Soon, _ => "nothing listens", "nginx listening");
    }

    public async Task EndAsync()
    {
        _nginx!.Kill();
        await _nginx.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public IReadOnlyList<ServedRequest> Requests() => !File.Exists(Log) ? [] : [.. File.ReadAllLines(Log).Select(l => l.Split(' ')).Where(p => p.Length == 3).Select(p => new ServedRequest(int.Parse(p[0], CultureInfo.InvariantCulture), p[1], long.Parse(p[2], CultureInfo.InvariantCulture)))];

    /// <summary>Packs a folder with these files into one that it serves; those in bin/ are programs. Its digest.</summary>
    public async Task<string> PackAsync(string name, string format, params (string Path, string Text)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, $"{name}.from")).FullName;
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            if (path.StartsWith("bin/", StringComparison.Ordinal))
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        var archive = Path.Combine(Files, name);
        (string Program, string[] Words) tool = format switch
        {
            "squashfs" => ("mksquashfs", [folder, archive, "-quiet", "-no-progress", "-noappend"]),
            "tar" => ("tar", ["-C", folder, "-cf", archive, "."]),
            "tar.zst" => ("tar", ["-C", folder, "--zstd", "-cf", archive, "."]),
            _ => ("tar", ["-C", folder, "-czf", archive, "."]),
        };
        (await Command.RunAsync(tool.Program, tool.Words, new Dictionary<string, string>())).Succeeded();
        return await DigestOf(archive);
    }

    public static async Task<string> DigestOf(string file)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is { HasExited: false })
        {
            await EndAsync();
        }

        _nginx?.Dispose();
        _certificates.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
