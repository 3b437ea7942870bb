using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Ports;

/// <summary>
/// Starts, stops and watches the processes of slots: the one port for privileged acts on work. It touches only units that carry
/// this agent's mark (fleet, node and store id), and a unit outlives the agent. Requests return at once, reports come as inputs.
/// </summary>
public interface IRuntime
{
    /// <summary><c>systemd</c> or <c>process</c>.</summary>
    string Name { get; }

    /// <summary>
    /// What it confines work with where a manifest says nothing: <c>strict</c> (docs/spec/security.md), <c>basic</c> (no new privileges, no capabilities, the system read-only, a /tmp of its own), <c>partial</c>
    /// (only some of these) or <c>none</c>.
    /// </summary>
    string Sandbox { get; }

    /// <summary>What it can run, as intents name it: <see cref="WorkRun.Feature"/>.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>Why nothing here could end exclusive work where the agent hangs or is dead; empty where something can.</summary>
    string FenceLack { get; }

    void Submit(RuntimeRequest request);
}

/// <summary>Which launch a unit is: stored with the unit, so that an agent that comes back knows whose it is.</summary>
public readonly record struct UnitTag(SlotId Slot, Incarnation Incarnation, long Generation, Epoch Epoch);

/// <summary>What to run. <paramref name="Environment"/> is what a program of it is to find, with the agent's EDGE_ variables.</summary>
public sealed record UnitSpec(UnitTag Tag, WorkRun Run, IReadOnlyDictionary<string, string> Environment)
{
    public Resources Resources { get; init; }

    /// <summary>Of the processors at most; zero: all that is idle.</summary>
    public MilliCpu CpuMax { get; init; }

    public RestartPolicy Restart { get; init; } = new();

    public StopRule Stop { get; init; } = new();

    /// <summary>It starts only while the fence stands (<see cref="RuntimeFence"/>), and ends when that falls.</summary>
    public bool IsFenced { get; init; }

    public SandboxLevel Sandbox { get; init; }

    /// <summary>Device nodes that it may use besides.</summary>
    public IReadOnlyList<string> DeviceNodes { get; init; } = [];

    /// <summary>What AppArmor is to hold it to; null: nothing. Where it can't be held so, it doesn't run.</summary>
    public ProfileRules? Profile { get; init; }

    /// <summary>What it may reach and be reached at; null: no limit. Where it can't be held so, it doesn't run.</summary>
    public NetworkRules? Network { get; init; }

    /// <summary>It has a folder that stays (<see cref="RuntimeForget"/>).</summary>
    public bool KeepsState { get; init; }

    /// <summary>The folder on the device in which what it comes in is unpacked: its working directory, read-only, and what <c>./</c> in its command means. Null: it comes in none.</summary>
    public string? Artifact { get; init; }

    /// <summary>The longest that it may run; zero: no limit. It ends as failed with reason <c>deadline</c>.</summary>
    public TimeSpan RunTimeMax { get; init; }
}

/// <summary>What a workload's AppArmor profile is made of, the same of its work and of its checks.</summary>
/// <param name="Rule">Its own text, and whether it only complains.</param>
/// <param name="Files">What it may touch besides what every program needs.</param>
/// <param name="Programs">The work's own and its checks', as absolute paths.</param>
public sealed record ProfileRules(AppArmorRule Rule, FileRules Files, IReadOnlyList<string> Programs);

public abstract record RuntimeRequest
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Asks for every unit that carries this agent's mark. Answered by <see cref="RuntimeInventory"/>; from then on changes are reported.</summary>
public sealed record RuntimeList : RuntimeRequest;

/// <summary>
/// Answered by <see cref="UnitStarted"/>, or <see cref="UnitEnded"/> with what hindered it. One unit a slot: where one is
/// left of an earlier launch the start is refused.
/// </summary>
public sealed record RuntimeStart(UnitSpec Spec) : RuntimeRequest;

/// <summary>
/// Signal, wait, SIGKILL to all that is left of it. Answered by <see cref="UnitGone"/>, after the last process has ended and
/// the unit's traces (but not its log) are removed; also where there was none.
/// </summary>
public sealed record RuntimeStop(SlotId Slot, StopRule Rule) : RuntimeRequest;

/// <summary>
/// Ends a unit's processes as <see cref="RuntimeStop"/> does, and leaves the unit: its restart policy says what follows, <see cref="UnitStarted"/> or
/// <see cref="UnitEnded"/>. One that has no process is left as it is.
/// </summary>
public sealed record RuntimeRestart(SlotId Slot, StopRule Rule) : RuntimeRequest;

/// <summary>
/// Runs a command beside a unit's process, once: confined and limited as the unit, apart from it, and killed with all of its processes after
/// <see cref="UnitSpec.RunTimeMax"/>, also where the agent has ended meanwhile. One at a time for each slot. Answered by <see cref="UnitChecked"/>, once, whatever happens.
/// </summary>
public sealed record RuntimeCheck(long Id, UnitSpec Spec) : RuntimeRequest;

/// <summary>
/// Gives a unit that runs the limits of a later generation, also for when it is started again; its process goes on. What the runtime doesn't limit is no matter. Answered by
/// <see cref="UnitLimited"/>.
/// </summary>
public sealed record RuntimeLimit(SlotId Slot, long Generation, Resources Resources) : RuntimeRequest;

/// <summary>
/// What slots of these incarnations of a workload have kept in their folders is nobody's any more. It is removed, where work still runs with it as soon as that has ended. Not answered.
/// </summary>
public sealed record RuntimeForget(WorkloadName Workload, IReadOnlyList<Incarnation> Gone) : RuntimeRequest;

/// <summary>
/// Puts the fence of all fenced work to a later time. At <paramref name="Until"/> it falls, and whatever is fenced ends by its own <see cref="UnitSpec.Stop"/>, also where the
/// agent hangs, is stopped or dead; a time that is past makes it fall now. Nothing that runs is touched by this request itself. Answered by <see cref="RuntimeFenced"/>.
/// </summary>
/// <param name="Until">On the machine's monotonic clock, that of <see cref="TimeProvider.GetTimestamp"/>.</param>
public sealed record RuntimeFence(TimeSpan Until) : RuntimeRequest;

/// <summary>How a unit's main process ended.</summary>
public enum UnitResult
{
    Success,

    /// <summary>Could not be started: no such program, no permission.</summary>
    StartFailed,
    ExitCode,

    /// <summary>Ended by a signal.</summary>
    Killed,
    OutOfMemory,

    /// <summary>Ran longer than <see cref="UnitSpec.RunTimeMax"/>.</summary>
    Deadline,

    /// <summary>It runs, and is not held as it was to be: what was asked to hold it doesn't go on without.</summary>
    NotHeld,

    /// <summary>It is gone and nobody knows how it ended.</summary>
    Unknown,
}

/// <summary>One unit as it is now. <paramref name="Pid"/> is 0 while it waits for its next start.</summary>
public sealed record UnitReport(UnitTag Tag, string Unit, int Pid, bool IsAlive)
{
    /// <summary>By the device's wall clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    public int Restarts { get; init; }

    public UnitResult Result { get; init; }

    /// <summary>The exit code or the signal's number.</summary>
    public int Status { get; init; }

    /// <summary>For a person.</summary>
    public string Detail { get; init; } = "";
}

public sealed record RuntimeInventory(IReadOnlyList<UnitReport> Units) : NodeInput
{
    /// <summary>When the fence that an earlier agent put up falls, on the machine's monotonic clock; null: none stands.</summary>
    public TimeSpan? FencedUntil { get; init; }
}

/// <summary>
/// How the fence stands, as it was read back after the request for <paramref name="Until"/>. <paramref name="Trouble"/> says for a person why it does not stand
/// until then, or is empty: it does. Comes unasked, with its trouble, where one that stood falls before its time.
/// </summary>
public sealed record RuntimeFenced(TimeSpan Until, string Trouble) : NodeInput;

/// <summary>It has a process: at its start, and again after each restart.</summary>
public sealed record UnitStarted(UnitReport Report) : NodeInput;

/// <summary>The process ended and the runtime will not restart it, or it never started. The unit still has to be stopped to be gone.</summary>
public sealed record UnitEnded(UnitReport Report) : NodeInput;

/// <summary>What a check said, with the end of its output.</summary>
public sealed record UnitChecked(SlotId Slot, long Id, CheckOutcome Outcome, string Detail) : NodeInput;

/// <summary>It has the limits of that generation now, or, where <paramref name="Trouble"/> says why, those that it had.</summary>
public sealed record UnitLimited(SlotId Slot, long Generation, string Trouble = "") : NodeInput;

/// <summary>Something could not be cleared away, which a person should know of.</summary>
public sealed record RuntimeTrouble(string Subject, string Text) : NodeInput;

/// <summary>A process isn't held as strictly as its unit was told; <paramref name="Text"/> says for a person what doesn't hold.</summary>
public sealed record UnitLoosened(SlotId Slot, string Text) : NodeInput;

/// <summary>The kernel has denied it something, or would have, where its profile only complains.</summary>
public sealed record UnitDenied(SlotId Slot, Denial Denial) : NodeInput;

/// <summary>What kind of act was denied; its name is the event's reason.</summary>
public enum DeniedAct
{
    Read,
    Write,
    Execute,
    Capability,
    Network,
    Trace,
    Signal,

    /// <summary>To reach an address and port.</summary>
    Connect,

    /// <summary>To be reached at a port.</summary>
    Listen,
    Other,
}

/// <param name="Act">What was tried.</param>
/// <param name="Object">On what: a path, a capability's name, a socket's family and type, an address with its port, whom.</param>
/// <param name="Program">The name of the process that tried; empty where the kernel doesn't tell it.</param>
/// <param name="IsAllowed">It was allowed all the same: the profile only complains.</param>
public sealed record Denial(DeniedAct Act, string Object, string Program, bool IsAllowed)
{
    /// <summary>By its network rules, and not by its profile.</summary>
    public bool IsByNetworkRules { get; init; }
}

/// <summary>Nothing of it runs any more. <paramref name="Trouble"/> says for a person what could not be cleared away, or is empty.</summary>
public sealed record UnitGone(SlotId Slot, string Trouble = "") : NodeInput;
