using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Systemd.Binding;

/// <summary>A message that is written from its start to its end, or read so. Type letters are those of the D-Bus specification.</summary>
internal sealed unsafe class BusMessage : SafeHandleZeroOrMinusOneIsInvalid
{
    public BusMessage(nint message)
        : base(ownsHandle: true) => SetHandle(message);

    public string Path => Marshal.PtrToStringUTF8((nint)SdBus.GetPath(this)) ?? "";

    public string Member => Marshal.PtrToStringUTF8((nint)SdBus.GetMember(this)) ?? "";

    /// <summary>The number of the call that this is the answer to; null for what is no answer.</summary>
    public ulong? Answers => SdBus.GetReplyCookie(this, out var cookie) >= 0 ? cookie : null;

    /// <summary>Null where it is no answer that says what went wrong.</summary>
    public BusException? Error
    {
        get
        {
            var error = SdBus.GetError(this);
            return error == null ? null : new BusException(Marshal.PtrToStringUTF8((nint)error->Name) ?? "", Marshal.PtrToStringUTF8((nint)error->Message) ?? "", isLost: false);
        }
    }

    public BusMessage Append(string text) => Done(SdBus.Append(this, (byte)'s', text), "append a string");

    public BusMessage AppendBytes(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return Done(SdBus.AppendArray(this, (byte)'y', first, (nuint)bytes.Length), "append bytes");
        }
    }

    public BusMessage Append(bool value)
    {
        var number = value ? 1 : 0;
        return Done(SdBus.Append(this, (byte)'b', &number), "append a truth value");
    }

    public BusMessage Append(int value) => Done(SdBus.Append(this, (byte)'i', &value), "append a number");

    public BusMessage Append(uint value) => Done(SdBus.Append(this, (byte)'u', &value), "append a number");

    public BusMessage Append(ulong value) => Done(SdBus.Append(this, (byte)'t', &value), "append a number");

    /// <summary>What <paramref name="fill"/> appends stands inside a container: <c>a</c>rray, st<c>r</c>uct or <c>v</c>ariant of these contents.</summary>
    public BusMessage Inside(char type, string contents, Action<BusMessage> fill)
    {
        Done(SdBus.Open(this, (byte)type, contents), "open a container");
        fill(this);
        return Done(SdBus.Close(this), "close a container");
    }

    public BusMessage Append(IEnumerable<string> texts) => Inside('a', "s", m =>
    {
        foreach (var text in texts)
        {
            m.Append(text);
        }
    });

    /// <summary>False at the end of the containing array.</summary>
    public bool Enter(char type, string contents)
    {
        var result = SdBus.Enter(this, (byte)type, contents);
        Done(result, "read a container");
        return result > 0;
    }

    public void Exit() => Done(SdBus.Exit(this), "leave a container");

    public void Skip(string types) => Done(SdBus.Skip(this, types), "skip");

    public string ReadString(char type = 's') => TryReadString(out var text, type) ? text : throw new BusException("", "the message is shorter than its contract says", isLost: false);

    /// <summary>False at the end of the containing array.</summary>
    public bool TryReadString(out string text, char type = 's')
    {
        byte* bytes = null;
        var result = SdBus.Read(this, (byte)type, &bytes);
        Done(result, "read a string");
        text = result > 0 ? Marshal.PtrToStringUTF8((nint)bytes) ?? "" : "";
        return result > 0;
    }

    public uint ReadUInt32()
    {
        uint value = 0;
        Done(SdBus.Read(this, (byte)'u', &value), "read a number");
        return value;
    }

    public bool ReadBoolean()
    {
        // D-Bus has it as 32 bits.
        var value = 0;
        Done(SdBus.Read(this, (byte)'b', &value), "read a truth value");
        return value != 0;
    }

    public int ReadInt32()
    {
        var value = 0;
        Done(SdBus.Read(this, (byte)'i', &value), "read a number");
        return value;
    }

    public ulong ReadUInt64()
    {
        ulong value = 0;
        Done(SdBus.Read(this, (byte)'t', &value), "read a number");
        return value;
    }

    protected override bool ReleaseHandle()
    {
        _ = SdBus.Unref(handle);
        return true;
    }

    private BusMessage Done(int result, string what) => result >= 0 ? this : throw BusException.Of(what, result);
}
