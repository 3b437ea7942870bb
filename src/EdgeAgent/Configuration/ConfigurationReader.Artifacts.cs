using EdgeAgent.Core.Units;
using EdgeAgent.Linux.Artifacts;

namespace EdgeAgent.Daemon.Configuration;

/// <summary>What is fetched for work, and from where.</summary>
public sealed partial class ConfigurationReader
{
    private const long DiskLeast = 1L << 20;
    private const long RateLeast = 1024;

    private ArtifactOptions Artifacts() => new("", "")
    {
        DiskMax = Bytes(Options.ArtifactDisk, DiskLeast),
        Rate = _source[Options.ArtifactRate].Text.Length == 0 ? 0 : Bytes(Options.ArtifactRate, RateLeast),
        AllowsHttp = OneOf(Options.ArtifactHttp, ("yes", true), ("no", false)),
        CaFile = OptionalFile(Options.ArtifactCaFile),
        Stores = Stores(),
    };

    private long Bytes(Option option, long least)
    {
        var text = _source[option].Text;
        if (!Quantity.TryParseWhole(text, out var value, out var error) || value < least)
        {
            Fault(option, $"'{text}' {error ?? $"is less than {new Core.Workloads.ByteCount(least)}"}: expected {option.Kind}");
        }

        return value;
    }

    private List<ObjectStore> Stores()
    {
        var stores = new List<ObjectStore>();
        foreach (var part in List(_source[Options.ArtifactS3].Text))
        {
            var (at, end) = (part.IndexOf('@', StringComparison.Ordinal), part.LastIndexOf('='));
            var region = at < 0 ? "" : part[..at];
            if (region.Length == 0 || !region.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || end <= at
                || !Uri.TryCreate(part[(at + 1)..end], UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.Query.Length > 0)
            {
                Fault(Options.ArtifactS3, $"'{part}': expected {Options.ArtifactS3.Kind}");
                continue;
            }

            if (address.UserInfo.Length > 0)
            {
                Fault(Options.ArtifactS3, "a key does not belong into the address: it stands in the file");
                continue;
            }

            stores.Add(new ObjectStore(address, region, FileOf(Options.ArtifactS3, part[(end + 1)..]) ?? ""));
        }

        return stores;
    }
}
