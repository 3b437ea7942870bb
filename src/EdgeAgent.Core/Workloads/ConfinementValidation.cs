namespace EdgeAgent.Core.Workloads;

/// <summary>The rules of <c>spec.security</c>, <c>spec.files</c> and <c>spec.network</c>.</summary>
internal static class ConfinementValidation
{
    public static void Check(List<FieldError> errors, WorkloadSpec spec)
    {
        DeviceNodes(errors, spec);
        if (spec.AppArmor is { } rule)
        {
            AppArmor(errors, rule, spec.Files);
        }

        if (spec.Files is { } files)
        {
            Paths(errors, "spec.files.read", files.Read);
            Paths(errors, "spec.files.write", files.Write);
            Paths(errors, "spec.files.exec", files.Execute);
        }

        if (spec.Network is { } network)
        {
            Network(errors, network, spec.Sandbox);
        }
    }

    private static void Network(List<FieldError> errors, NetworkRules rules, SandboxLevel sandbox)
    {
        Each(errors, "spec.network.connect", rules.Connect, " endpoints", r => Endpoint.TryParse(r, out _), "is no address with ports: give ADDRESS, ADDRESS/PREFIX with no bit set behind the prefix, any or localhost, then :PORT or :PORT-PORT, then /tcp or /udp where only one is meant, such as 10.1.0.0/16:5432 or [2001:db8::1]:443; names are not resolved");
        Each(errors, "spec.network.listen", rules.Listen, " ports", r => PortRange.TryParse(r, out _), "is no port: give PORT or PORT-PORT, from 1 to 65535, and /tcp or /udp where only one is meant, such as 8080 or 53/udp");
        if (sandbox is SandboxLevel.None or SandboxLevel.Relaxed)
        {
            errors.Add(new("spec.network", "goes with a strict sandbox: in any other work is root, which can undo what holds it"));
        }
    }

    private static void Each(List<FieldError> errors, string field, IReadOnlyList<string> rules, string unit, Func<string, bool> isOne, string otherwise)
    {
        WorkloadValidation.Range(errors, field, rules.Count, 0, WorkloadLimits.NetworkRulesMax, unit);
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Length > WorkloadLimits.NetworkRuleLength || !isOne(rules[i]))
            {
                errors.Add(new($"{field}[{i}]", $"'{WorkloadValidation.Shorten(rules[i])}' {otherwise}"));
            }
        }
    }

    private static void DeviceNodes(List<FieldError> errors, WorkloadSpec spec)
    {
        WorkloadValidation.Range(errors, "spec.security.devices", spec.DeviceNodes.Count, 0, WorkloadLimits.DeviceNodesMax, " device nodes");
        for (var i = 0; i < spec.DeviceNodes.Count; i++)
        {
            var node = spec.DeviceNodes[i];
            if (node.Length > WorkloadLimits.DeviceNodeLength || !node.StartsWith("/dev/", StringComparison.Ordinal) || node.Split('/').Skip(1).Any(p => p is "" or "." or "..") || node.Any(c => c is <= ' ' or > '~' or ':' or '\\' or '%'))
            {
                errors.Add(new($"spec.security.devices[{i}]", $"'{WorkloadValidation.Shorten(node)}' is no device node: give the absolute path of one under /dev, without spaces, colons and .., such as /dev/i2c-1"));
            }
        }

        if (spec.DeviceNodes.Count > 0 && spec.Sandbox is SandboxLevel.None or SandboxLevel.Relaxed)
        {
            errors.Add(new("spec.security.devices", "goes with a strict sandbox: in any other all devices are there"));
        }
    }

    private static void AppArmor(List<FieldError> errors, AppArmorRule rule, FileRules? files)
    {
        if (rule.Profile.Length > WorkloadLimits.ProfileLengthMax || rule.Profile.Any(c => c is < ' ' and not ('\n' or '\t')))
        {
            errors.Add(new("spec.security.apparmor.profile", $"at most {WorkloadLimits.ProfileLengthMax} characters, and of those that can't be seen only line ends and tabs"));
        }

        if (rule.Profile.Length > 0 && files is not null)
        {
            errors.Add(new("spec.files", "goes with a profile that the agent writes: what spec.security.apparmor.profile says is all that is allowed"));
        }
    }

    private static void Paths(List<FieldError> errors, string field, IReadOnlyList<string> paths)
    {
        WorkloadValidation.Range(errors, field, paths.Count, 0, WorkloadLimits.FilePathsMax, " paths");
        for (var i = 0; i < paths.Count; i++)
        {
            if (!FileRules.IsPath(paths[i]))
            {
                errors.Add(new($"{field}[{i}]", $"'{WorkloadValidation.Shorten(paths[i])}' is no path that can be named here: give an absolute one, without .. and without {FileRules.PatternCharacters}, such as /etc/ssl"));
            }
        }
    }
}
