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
            foreach (var (field, paths) in new[] { ("read", files.Read), ("write", files.Write), ("exec", files.Execute) })
            {
                Each(errors, $"spec.files.{field}", paths, WorkloadLimits.FilePathsMax, " paths", FileRules.IsPath, $"is no path that can be named here: give an absolute one, without .. and without {FileRules.PatternCharacters}, such as /etc/ssl");
            }
        }

        if (spec.Network is { } network)
        {
            Network(errors, network, spec.Sandbox);
        }
    }

    private static void Network(List<FieldError> errors, NetworkRules rules, SandboxLevel sandbox)
    {
        Each(errors, "spec.network.connect", rules.Connect, WorkloadLimits.NetworkRulesMax, " endpoints", r => r.Length <= WorkloadLimits.NetworkRuleLength && Endpoint.TryParse(r, out _), "is no address with ports: give ADDRESS, ADDRESS/PREFIX with no bit set behind the prefix, any or localhost, then :PORT or :PORT-PORT, then /tcp or /udp where only one is meant, such as 10.1.0.0/16:5432 or [2001:db8::1]:443; names are not resolved");
        Each(errors, "spec.network.listen", rules.Listen, WorkloadLimits.NetworkRulesMax, " ports", r => r.Length <= WorkloadLimits.NetworkRuleLength && PortRange.TryParse(r, out _), "is no port: give PORT or PORT-PORT, from 1 to 65535, and /udp behind those of UDP, such as 8080 or 53/udp");
        if (sandbox is SandboxLevel.None or SandboxLevel.Relaxed)
        {
            errors.Add(new("spec.network", "goes with a strict sandbox: in any other work is root, which can undo what holds it"));
        }
    }

    private static void Each(List<FieldError> errors, string field, IReadOnlyList<string> texts, int max, string unit, Func<string, bool> isOne, string otherwise)
    {
        WorkloadValidation.Range(errors, field, texts.Count, 0, max, unit);
        for (var i = 0; i < texts.Count; i++)
        {
            if (!isOne(texts[i]))
            {
                errors.Add(new($"{field}[{i}]", $"'{WorkloadValidation.Shorten(texts[i])}' {otherwise}"));
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
}
