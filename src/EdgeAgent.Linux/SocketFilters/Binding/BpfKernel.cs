using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.SocketFilters.Binding;

/// <summary>bpf(2): each throws <see cref="IOException"/> with the kernel's word.</summary>
internal static unsafe class BpfKernel
{
    private const int MapCreate = 0;
    private const int ProgramLoad = 5;
    private const int ObjectPin = 6;
    private const int ObjectGet = 7;
    private const int ObjectInfo = 15;
    private const int ProgramQuery = 16;
    private const int LinkCreate = 28;

    private const uint RingBuffer = 27;
    private const int ProgramsMax = 64;

    /// <summary>Of a program's information the type and the number are looked at.</summary>
    private const int InfoSize = 8;

    /// <summary>As systemd has it: the kernel asks for one that allows what is used of it.</summary>
    private static ReadOnlySpan<byte> License => "GPL\0"u8;

    public static Descriptor CreateRing(int bytes)
    {
        var attributes = new Attributes();
        attributes.Put(0, RingBuffer);
        attributes.Put(12, (uint)bytes);
        return Made(MapCreate, ref attributes, "a ring for what is denied");
    }

    public static Descriptor Load(SocketHook hook, ReadOnlySpan<byte> code)
    {
        fixed (byte* instructions = code, license = License)
        {
            var attributes = new Attributes();
            attributes.Put(0, hook.ProgramType);
            attributes.Put(4, (uint)(code.Length / sizeof(ulong)));
            attributes.Put(8, instructions);
            attributes.Put(16, license);
            attributes.Put(68, hook.AttachType);
            return Made(ProgramLoad, ref attributes, $"the program {hook.Name}");
        }
    }

    /// <summary>What is pinned stays without anybody who has it open.</summary>
    public static void Pin(Descriptor what, string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes($"{path}\0"))
        {
            var attributes = new Attributes();
            attributes.Put(0, name);
            attributes.Put(8, (uint)what.Fd);
            _ = Call(ObjectPin, ref attributes, path);
        }
    }

    public static Descriptor Open(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes($"{path}\0"))
        {
            var attributes = new Attributes();
            attributes.Put(0, name);
            return Made(ObjectGet, ref attributes, path);
        }
    }

    /// <summary>The number that the kernel knows a program by.</summary>
    public static uint NumberOf(Descriptor program)
    {
        var info = stackalloc uint[InfoSize / sizeof(uint)];
        var attributes = new Attributes();
        attributes.Put(0, (uint)program.Fd);
        attributes.Put(4, InfoSize);
        attributes.Put(8, info);
        _ = Call(ObjectInfo, ref attributes, "a program");
        return info[1];
    }

    /// <summary>Puts a program to a control group as long as what this gives is open or pinned, beside whatever is there, itself among it.</summary>
    public static Descriptor Link(SocketHook hook, Descriptor program, string cgroup)
    {
        using var group = Group(cgroup);
        var attributes = new Attributes();
        attributes.Put(0, (uint)program.Fd);
        attributes.Put(4, (uint)group.Fd);
        attributes.Put(8, hook.AttachType);
        return Made(LinkCreate, ref attributes, cgroup);
    }

    /// <summary>Which programs a control group has at a hook, itself.</summary>
    public static IReadOnlyList<uint> At(SocketHook hook, string cgroup)
    {
        using var group = Group(cgroup);
        var numbers = stackalloc uint[ProgramsMax];
        var attributes = new Attributes();
        attributes.Put(0, (uint)group.Fd);
        attributes.Put(4, hook.AttachType);
        attributes.Put(16, numbers);
        attributes.Put(24, ProgramsMax);
        _ = Call(ProgramQuery, ref attributes, cgroup);
        return [.. new ReadOnlySpan<uint>(numbers, (int)attributes.Get(24))];
    }

    private static Descriptor Group(string cgroup) => Descriptor.OfFile(cgroup) ?? throw new IOException($"{cgroup}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    private static Descriptor Made(int command, ref Attributes attributes, string what) => Descriptor.Of(Call(command, ref attributes, what));

    private static int Call(int command, ref Attributes attributes, string what)
    {
        fixed (Attributes* pointer = &attributes)
        {
            var answer = Libc.Bpf(command, pointer, sizeof(Attributes));
            return answer >= 0 ? answer : throw new IOException($"bpf(2), {what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    /// <summary><c>union bpf_attr</c>: what isn't put is zero.</summary>
    private struct Attributes
    {
        private fixed byte _bytes[128];

        public void Put(int at, uint number)
        {
            fixed (byte* bytes = _bytes)
            {
                *(uint*)(bytes + at) = number;
            }
        }

        /// <summary>An address has 64 bits in it, also where the machine's have 32.</summary>
        public void Put(int at, void* pointer)
        {
            fixed (byte* bytes = _bytes)
            {
                *(ulong*)(bytes + at) = (ulong)pointer;
            }
        }

        public uint Get(int at)
        {
            fixed (byte* bytes = _bytes)
            {
                return *(uint*)(bytes + at);
            }
        }
    }
}
