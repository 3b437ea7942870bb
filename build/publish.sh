#!/usr/bin/env bash
set -euo pipefail
# shellcheck source=build/common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
    cat <<'TEXT'
usage: ./build.sh publish [RID] [--force]

Makes the shipped files in artifacts/<rid>/: edgeagent, edgectl, edge-shim and the native libraries they
need. RID is linux-x64 or linux-arm64, by default this machine's. Does nothing when the sources are those
of the last publish; --force does it all the same. The compiler's words are kept in
artifacts/publish/<rid>/<program>.log, debug symbols beside them.

Fails when a trim or AOT warning names any assembly but protobuf-net.Core.
TEXT
}

programs=(edgeagent:src/EdgeAgent edgectl:src/EdgeCtl)

# Everything the binaries are made of, by content: touching a file or changing a test is no reason to publish again.
source_files() {
    local file
    git -c "safe.directory=$root" ls-files -z --cached --others --exclude-standard -- \
        src native build/aot 'Directory.*' global.json BannedSymbols.txt .editorconfig build/publish.sh build/native.sh \
        | while IFS= read -r -d '' file; do
            # A deleted file stays listed until the deletion is committed.
            if [[ -f "$file" ]]; then printf '%s\0' "$file"; fi
        done
}

fingerprint() {
    local sums
    sums="$(source_files | xargs -0 sha256sum)"
    printf '%s\n' "$(dotnet --version)" "$rid" "$configuration" "$sums" | sha256sum | cut -d ' ' -f 1
}

need_cross_toolchain() {
    [[ "$rid" != "$(machine_rid)" ]] || return 0
    [[ "$rid" == linux-arm64 ]] || die "$rid can be published on a machine of that architecture only"
    if ! command -v aarch64-linux-gnu-objcopy aarch64-linux-gnu-gcc ld.lld clang >/dev/null \
        || [[ ! -e /usr/lib/aarch64-linux-gnu/libz.so && ! -e /usr/lib/aarch64-linux-gnu/libz.a ]]; then
        die "the arm64 toolchain is missing. Run ./build.sh setup --cross, which does as root:
  dpkg --add-architecture arm64 && apt-get update
  apt-get install clang lld gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev:arm64 zlib1g-dev:arm64 libsystemd-dev:arm64"
    fi
}

# protobuf-net.Core carries a reflection model beside the generated one that is used here; only it may be named.
foreign_warnings() {
    grep -E '(warning|error) IL[0-9]{4}' "$1" | grep -vE "warning IL(2104|3053): Assembly 'protobuf-net\.Core'" | sort -u || true
}

objcopy_of() { if [[ "$1" == "$(machine_rid)" ]]; then echo objcopy; else echo aarch64-linux-gnu-objcopy; fi; }

publish_program() {
    local name="$1" project="$2" log="$staging/$1.log" cross=() warnings
    [[ "$rid" == "$(machine_rid)" ]] || cross=(-p:LinkerFlavor=lld -p:ObjCopyName=aarch64-linux-gnu-objcopy)
    say "publish $name, $rid"
    # Without its object file the AOT compiler runs again; with it, it would be skipped and say nothing about warnings.
    rm -rf "$root/$project/obj/$configuration/net10.0/$rid/native" "${staging:?}/$name"
    if ! dotnet publish "$root/$project" --configuration "$configuration" --runtime "$rid" --output "$staging/$name" \
        -p:RestoreLockedMode=true "${cross[@]}" --verbosity minimal >"$log" 2>&1; then
        cat "$log" >&2
        die "publishing $name failed"
    fi
    warnings="$(foreign_warnings "$log")"
    [[ -z "$warnings" ]] || die "$name: trim or AOT warnings that no rule allows:
$warnings"
    [[ ! -e "$staging/$name/$name.dll" ]] || die "$name was published as a managed program: PublishAot is not in force"
    install -m 755 "$staging/$name/$name" "$target/$name"
    find "$staging/$name" -maxdepth 1 -name '*.so' -exec install -m 644 -t "$target" {} +
    # As packages bring them, native libraries carry symbols that only a debugger of theirs wants.
    find "$target" -maxdepth 1 -name '*.so' -exec "$(objcopy_of "$rid")" --strip-unneeded {} \;
}

rid=''
force=false
for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
        --force) force=true ;;
        linux-x64 | linux-arm64) rid="$argument" ;;
        *) wrong_usage "publish doesn't know \"$argument\"" ;;
    esac
done

need_sdk
rid="${rid:-$(machine_rid)}"
target="$artifacts/$rid"
staging="$artifacts/publish/$rid"
stamp="$staging/sources.sha256"

print="$(fingerprint)"
if [[ "$force" == false && -x "$target/edgeagent" && -x "$target/edgectl" && -x "$target/edge-shim" && "$(cat "$stamp" 2>/dev/null)" == "$print" ]]; then
    say "publish: artifacts/$rid is made of these sources already"
    exit 0
fi

need_cross_toolchain
mkdir -p "$staging"
# What a failed publish leaves must not be taken for a good one, nor a library that is no longer needed for a needed one.
rm -rf "$target" "$stamp"
mkdir -p "$target"
"$root/build/native.sh" "$rid"
install -m 755 "$artifacts/native/$rid/edge-shim" "$target/edge-shim"
for program in "${programs[@]}"; do
    publish_program "${program%%:*}" "${program#*:}"
done
printf '%s\n' "$print" >"$stamp"
(cd "$target" && stat -c '%10s  %n' ./*) >&2
