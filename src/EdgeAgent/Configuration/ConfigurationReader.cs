using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Daemon.Configuration;

/// <summary>Texts to values, each checked; all faults are told at once.</summary>
public sealed partial class ConfigurationReader
{
    public const string DefaultFile = "/etc/edgeagent/agent.conf";

    private static readonly string[] CredentialPrefixes = ["%d/", "$CREDENTIALS_DIRECTORY/"];

    private readonly ConfigurationSource _source;
    private readonly IReadOnlyDictionary<string, string> _environment;

    private ConfigurationReader(ConfigurationSource source, IReadOnlyDictionary<string, string> environment) => (_source, _environment) = (source, environment);

    /// <summary>Null reads the default file, where there is one. Throws <see cref="ConfigurationException"/>.</summary>
    public static AgentConfiguration Read(string? file, IReadOnlyDictionary<string, string> environment)
    {
        var source = new ConfigurationSource(file ?? DefaultFile, mustExist: file is not null, environment);
        var reader = new ConfigurationReader(source, environment);
        var configuration = reader.Read(file ?? DefaultFile);
        return source.Faults.Count == 0 ? configuration! : throw new ConfigurationException(source.Faults);
    }

    private AgentConfiguration? Read(string file)
    {
        var name = _source.IsGiven(Options.Name) ? Id<NodeId>(Options.Name, NodeId.TryParse, "node") : (NodeId?)null;
        var fleet = Id<FleetId>(Options.Fleet, FleetId.TryParse, "fleet");
        var cell = Id<CellId>(Options.Cell, CellId.TryParse, "cell");
        var window = Span(Options.ReconnectWindow, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        var broker = Broker();
        var runtime = OneOf(Options.Kind, ("auto", RuntimeKind.Auto), ("systemd", RuntimeKind.Systemd), ("process", RuntimeKind.Process));
        var level = OneOf(Options.Level, ("debug", Severity.Debug), ("info", Severity.Info), ("notice", Severity.Notice), ("warning", Severity.Warning), ("error", Severity.Error));
        var json = OneOf(Options.Format, ("text", false), ("json", true));
        var root = _source[Options.Root].Text;
        Check(Options.Root, TopicSpace.IsValidRoot(root));
        var (labels, taints, capacity, reserved, devices) = (Labels(), Taints(), Amounts(Options.Capacity), Amounts(Options.Reserved), Devices());
        var artifacts = Artifacts();
        var keys = List(_source[Options.OperatorKeys].Text).Select(Absolute).ToList();
        foreach (var key in keys.Where(k => _source.IsGiven(Options.OperatorKeys) && !File.Exists(k)))
        {
            Fault(Options.OperatorKeys, $"there is no file {key}");
        }

        return _source.Faults.Count > 0 ? null : new AgentConfiguration
        {
            Name = name,
            Fleet = fleet,
            Cell = cell,
            Root = root,
            Labels = labels,
            Taints = taints,
            Capacity = capacity,
            Reserved = reserved,
            Devices = devices,
            OperatorKeys = keys,
            ReconnectWindow = window,
            EvictsForMemory = OneOf(Options.EvictForMemory, ("yes", true), ("no", false)),
            StateDirectory = Absolute(_source[Options.StateDirectory].Text),
            RuntimeDirectory = Absolute(_source[Options.RuntimeDirectory].Text),
            Broker = broker!,
            Runtime = runtime,
            IsManagerShared = OneOf(Options.SharedManager, ("no", false), ("yes", true)),
            Artifacts = artifacts,
            LogLevel = level,
            LogsJson = json,
            Texts = [.. Options.All.Select(o => _source[o].Text)],
            File = Path.GetFullPath(file),
        };
    }

    private delegate bool TryParse<T>(string? text, out T value);

    private T Id<T>(Option option, TryParse<T> parse, string what)
    {
        var text = _source[option].Text;
        if (!parse(text, out var value))
        {
            Fault(option, $"'{text}' is no name of a {what}: expected {option.Kind}");
        }

        return value;
    }

    private MqttSettings? Broker()
    {
        var text = _source[Options.Url].Text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("mqtt" or "mqtts") || uri.Host.Length == 0 || uri.AbsolutePath is not ("" or "/"))
        {
            Fault(Options.Url, $"'{text}' is no broker: expected {Options.Url.Kind}");
            return null;
        }

        if (uri.UserInfo.Length > 0)
        {
            Fault(Options.Url, "a user or password does not belong into the URL: use Username and PasswordFile");
        }

        var isTls = uri.Scheme == "mqtts";
        var settings = new MqttSettings(uri.IdnHost, uri.Port > 0 ? uri.Port : isTls ? 8883 : 1883)
        {
            UseTls = isTls,
            UserName = _source[Options.Username].Text is { Length: > 0 } user ? user : null,
            PasswordFile = OptionalFile(Options.PasswordFile),
            CaFile = OptionalFile(Options.CaFile),
            CertificateFile = OptionalFile(Options.CertificateFile),
            KeyFile = OptionalFile(Options.KeyFile),
            KeepAlive = Span(Options.KeepAlive, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            ProtocolLevel = OneOf(Options.Protocol, ("auto", (int?)null), ("5", 5), ("3.1.1", 4)),
        };
        if (settings.CertificateFile is null != settings.KeyFile is null)
        {
            Fault(settings.KeyFile is null ? Options.CertificateFile : Options.KeyFile, "CertificateFile and KeyFile belong together");
        }

        return settings;
    }

    private string? OptionalFile(Option option) => _source[option].Text is { Length: > 0 } text ? FileOf(option, text) : null;

    private string? FileOf(Option option, string text)
    {
        if (CredentialPrefixes.FirstOrDefault(p => text.StartsWith(p, StringComparison.Ordinal)) is { } prefix)
        {
            if (_environment.GetValueOrDefault("CREDENTIALS_DIRECTORY") is not { Length: > 0 } credentials)
            {
                Fault(option, $"{prefix} needs systemd's LoadCredential= (there is no CREDENTIALS_DIRECTORY)");
                return null;
            }

            text = Path.Combine(credentials, text[prefix.Length..]);
        }

        var path = Absolute(text);
        if (!File.Exists(path))
        {
            Fault(option, $"there is no file {path}");
        }

        return path;
    }

    private TimeSpan Span(Option option, TimeSpan least, TimeSpan most)
    {
        var text = _source[option].Text;
        if (!DurationText.TryParse(text, out var span, out var error) || span < least || span > most)
        {
            Fault(option, $"'{text}' {error ?? "is out of range"}: expected {option.Kind}");
        }

        return span;
    }

    [return: MaybeNull]
    private T OneOf<T>(Option option, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        var text = _source[option].Text;
        foreach (var (choice, value) in choices)
        {
            if (string.Equals(choice, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        Fault(option, $"'{text}': expected {option.Kind}");
        return default;
    }

    private Dictionary<string, string> Labels()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in List(_source[Options.Labels].Text))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                Fault(Options.Labels, $"'{part}': expected {Options.Labels.Kind}");
                continue;
            }

            if (at > WorkloadLimits.LabelLengthMax || part.Length - at - 1 > WorkloadLimits.LabelLengthMax)
            {
                Fault(Options.Labels, $"'{part[..Math.Min(at, WorkloadLimits.LabelLengthMax)]}': a label's key has 1 to {WorkloadLimits.LabelLengthMax} characters, its value at most as many");
            }
            else if (!labels.TryAdd(part[..at], part[(at + 1)..]))
            {
                Fault(Options.Labels, $"'{part[..at]}' is given twice");
            }
        }

        if (labels.Count > WorkloadLimits.LabelsMax)
        {
            Fault(Options.Labels, $"{labels.Count} are too many: at most {WorkloadLimits.LabelsMax}");
        }

        return labels;
    }

    private List<Taint> Taints()
    {
        var taints = new List<Taint>();
        foreach (var part in List(_source[Options.Taints].Text))
        {
            var colon = part.LastIndexOf(':');
            var key = colon < 0 ? part : part[..colon];
            var at = key.IndexOf('=', StringComparison.Ordinal);
            if (colon <= 0 || key.Length == 0 || at == 0 || !Enum.TryParse<TaintEffect>(part[(colon + 1)..], out var effect) || !Enum.IsDefined(effect) || char.IsAsciiDigit(part[colon + 1]))
            {
                Fault(Options.Taints, $"'{part}': expected {Options.Taints.Kind}");
                continue;
            }

            var taint = new Taint(at < 0 ? key : key[..at], at < 0 ? "" : key[(at + 1)..], effect);
            if (taint.Key == Taint.MemoryPressure)
            {
                Fault(Options.Taints, Taint.MemoryPressureIsTheNodes);
            }

            taints.Add(taint);
        }

        return taints;
    }

    private Resources Amounts(Option option)
    {
        var amounts = default(Resources);
        foreach (var part in List(_source[option].Text))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var name = at <= 0 ? "" : part[..at];
            if (name is not ("cpu" or "memory" or "disk" or "tasks"))
            {
                Fault(option, $"'{part}': expected {option.Kind}");
                continue;
            }

            var text = part.AsSpan(at + 1);
            if (!(name == "cpu" ? Quantity.TryParseMilli(text, out var value, out var error) : Quantity.TryParseWhole(text, out value, out error)) || value < 0)
            {
                Fault(option, $"'{part}' {error ?? "is below zero"}: expected {option.Kind}");
                continue;
            }

            amounts = name switch
            {
                "cpu" => amounts with { Cpu = new(value) },
                "memory" => amounts with { Memory = new(value) },
                "disk" => amounts with { Disk = new(value) },
                _ => amounts with { Tasks = value },
            };
        }

        return amounts;
    }

    private List<ConfiguredDevices> Devices()
    {
        var devices = new List<ConfiguredDevices>();
        foreach (var part in List(_source[Options.Devices].Text))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var colon = part.IndexOf(':', Math.Max(0, at));
            var (kind, model) = (at < 0 ? "" : part[..at], colon < 0 ? "" : part[(colon + 1)..]);
            var number = part.AsSpan()[(at + 1)..(colon < 0 ? part.Length : colon)];
            if (!DeviceRequest.IsKind(kind) || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > WorkloadLimits.DevicesMax || (colon >= 0 && model.Length == 0))
            {
                Fault(Options.Devices, $"'{part}': expected {Options.Devices.Kind}, 1 to {WorkloadLimits.DevicesMax} of a kind");
            }
            else if (devices.Exists(d => d.Kind == kind))
            {
                Fault(Options.Devices, $"'{kind}' is given twice");
            }
            else
            {
                devices.Add(new(kind, count, model));
            }
        }

        if (devices.Count > WorkloadLimits.DeviceKindsMax)
        {
            Fault(Options.Devices, $"{devices.Count} kinds are too many: at most {WorkloadLimits.DeviceKindsMax}");
        }

        return devices;
    }

    private void Check(Option option, bool isGood)
    {
        if (!isGood)
        {
            Fault(option, $"'{_source[option].Text}': expected {option.Kind}");
        }
    }

    private void Fault(Option option, string what)
    {
        var where = _source[option].Where;
        _source.Faults.Add($"{(where.Length == 0 ? "the default of" : where + ":")} [{option.Section}] {option.Name}: {what}");
    }

    private string Absolute(string path) => Path.GetFullPath(path, _source.Folder);

    private static string[] List(string text) => text.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
