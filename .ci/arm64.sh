#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: arm64.sh [FOLDER [PART...]]
# Builds the suite for 64-bit ARM Linux and runs it there. The processor is qemu's. PARTs, by default all:
#     tree     unpacks a Debian of that architecture in FOLDER (default build-arm64, removed first), with the
#              host's cross compiler inside, since an emulated one takes ten times as long
#     build    the sources as they are now, in FOLDER/suite
#     unit, standin, train    one suite each
#     run      a quick run on the cpu device, to its report
# As root on Debian, x86-64. Exit code 77 where that is impossible.
# Results of BLAS may differ from x86-64's in their last bits, since its kernels do; nothing else may.
set -eu

skip() {
    echo "arm64.sh: $*: skipped" >&2
    exit 77
}

source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$source/build-arm64}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- tree build unit standin train run
[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'this is no x86-64 Linux'
[ -e /etc/debian_version ] || skip 'this is no Debian'
[ "$(id -u)" -eq 0 ] || skip 'a tree of another architecture needs root'
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || skip 'this Debian has no name'
libraries=usr/lib/aarch64-linux-gnu

umount_all() {
    for point in proc dev/pts dev; do
        ! mountpoint -q "$folder/$point" || umount "$folder/$point"
    done
}

emulator() {
    apt-get install -q -y --no-install-recommends qemu-user-static binfmt-support mmdebstrap ninja-build \
        gcc-aarch64-linux-gnu gobjc-aarch64-linux-gnu >/dev/null || skip 'the emulator and the cross compiler cannot be installed'
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc none /proc/sys/fs/binfmt_misc ||
        skip 'the kernel does not let programs of other processors be registered'
    [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --import qemu-aarch64 ||
        update-binfmts --enable qemu-aarch64 || skip 'qemu cannot be registered'
}

unpack() {
    system='base-files,bash,dash,coreutils,findutils,grep,sed,gzip,mawk,diffutils,procps,util-linux,debianutils,libc-bin'
    building="libc6-dev,libgcc-$compiler-dev,libobjc-$compiler-dev,libgnustep-base-dev,libgsl-dev,libopenblas-dev,nettle-dev"
    building=$building,libarchive-dev,libjson-c-dev,libpcre2-dev,libprotobuf-c-dev,protobuf-c-compiler,libcriterion-dev,meson,pkg-config
    building=$building,python3,git
    running=sqlite3,gnuplot-nox,cmark-gfm,libxml2-utils,openssl,perl-base
    # where this machine's packages come from
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) main' | sort -u |
        mmdebstrap --quiet --variant=extract --arch=arm64 --include="$system,$building,$running" \
            --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' "$release" "$folder" - ||
        skip 'the packages of arm64 cannot be had'
}

link() {
    [ -e "$folder/$2" ] || ln -s "$1" "$folder/$2"
}

# What the packages' installation scripts would have done; they were not run.
configure() {
    link mawk usr/bin/awk
    link gnuplot-nox usr/bin/gnuplot
    link dash bin/sh
    link "openblas-pthread/libopenblas.so" "$libraries/libopenblas.so"
    link "openblas-pthread/libopenblas.so.0" "$libraries/libopenblas.so.0"
    link "../openblas-pthread/pkgconfig/openblas.pc" "$libraries/pkgconfig/openblas.pc"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$folder/etc/passwd"
    echo 'root:x:0:' >"$folder/etc/group"
    mkdir -p "$folder/root" "$folder/tmp"
    chmod 1777 "$folder/tmp"
}

# Under the names of a native one, with the host's libraries that it needs.
put_compiler() {
    cross=$folder/opt/cross
    mkdir -p "$cross/bin" "$cross/lib" "$cross/aarch64-linux-gnu/bin" "$folder/lib64" "$folder/usr/lib/x86_64-linux-gnu"
    cp -a /usr/lib/gcc-cross "$cross/lib/"
    own=$cross/lib/gcc-cross/aarch64-linux-gnu/$compiler
    rm -f "$own"/libobjc*
    ln -s "/$libraries/libobjc.so.4" "$own/libobjc.so"
    cp -L "/usr/bin/aarch64-linux-gnu-gcc-$compiler" "$cross/bin/gcc"
    ln -s gcc "$cross/bin/cc"
    for tool in ar as ld nm objdump ranlib readelf strip; do
        cp -L "/usr/bin/aarch64-linux-gnu-$tool" "$cross/bin/$tool"
        cp -L "/usr/bin/aarch64-linux-gnu-$tool" "$cross/aarch64-linux-gnu/bin/$tool"
    done
    cp -L "$(command -v ninja)" "$cross/bin/"
    cp -L /lib64/ld-linux-x86-64.so.2 "$folder/lib64/"
    for program in "$own/cc1" "$own/cc1obj" "$own/collect2" "$own/lto-wrapper" "$own/liblto_plugin.so" "$cross"/bin/*; do
        ldd "$program" 2>/dev/null || true
    done | awk '/=> \// { print $3 }' | sort -u | xargs -I{} cp -nL {} "$folder/usr/lib/x86_64-linux-gnu/"
}

tree() {
    umount_all
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    compiler=$(aarch64-linux-gnu-gcc -dumpversion | cut -d. -f1)
    unpack
    configure
    put_compiler
}

# there COMMAND: in the tree, in the suite's folder
there() {
    mountpoint -q "$folder/proc" || mount --bind /proc "$folder/proc"
    for point in dev dev/pts; do
        mountpoint -q "$folder/$point" || mount --bind "/$point" "$folder/$point"
    done
    chroot "$folder" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/opt/cross/bin:/usr/bin:/bin \
        OPENBLAS_NUM_THREADS=1 sh -c "cd /suite && $1"
}

build() {
    rm -rf "$folder/suite.new" && mkdir "$folder/suite.new"
    (cd "$source" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - --ignore-failed-read 2>/dev/null) |
        tar -xf - -C "$folder/suite.new"
    [ ! -d "$folder/suite/build" ] || mv "$folder/suite/build" "$folder/suite.new/build"
    rm -rf "$folder/suite" && mv "$folder/suite.new" "$folder/suite"
    there '[ -d build ] || meson setup -Dwerror=true -Ddebug=false build'
    there 'ninja -C build suite'
}

emulator
trap umount_all EXIT
trap 'exit 130' INT TERM
failed=
for part in "$@"; do
    from=$(date +%s)
    case $part in
    tree | build) $part ;;
    unit | standin | train)
        there "meson test -C build --print-errorlogs --logbase testlog-$part --timeout-multiplier 20 --suite $part" ||
            failed="$failed $part" ;;
    run)
        there 'rm -rf /tmp/run && build/harness/runner/aneprobe run ping_pong chaining_loopback --device cpu --quick --out /tmp/run &&
            grep -q . /tmp/run/verdicts.csv && test -s /tmp/run/PROBE_RESULTS.html' || failed="$failed $part" ;;
    *) echo "arm64.sh: no part '$part'" >&2 && exit 2 ;;
    esac
    echo "arm64.sh: $part took $(($(date +%s) - from)) s"
done
[ -z "$failed" ] || echo "arm64.sh: failed:$failed" >&2
[ -z "$failed" ]
