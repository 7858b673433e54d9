#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: arm64.sh [FOLDER [PART...]]
# Builds the suite for 64-bit ARM Linux and runs it there. The processor is qemu's. PARTs, by default all:
#     tree     unpacks a Debian of that architecture in FOLDER (default build-arm64, removed first), with the
#              host's cross compiler inside, since an emulated one takes ten times as long
#     build    the sources as they are now, in FOLDER/suite
#     unit, standin, train    one suite each
#     run      a quick run on the cpu device, to its report
#     same     simulated runs and a plan, byte for byte as this machine's build makes them
# As root on Debian, x86-64. Exit code 77 where that is impossible.
set -eu

skip() {
    echo "arm64.sh: $*: skipped" >&2
    exit 77
}

source=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$source/build-arm64}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- tree build unit standin train run same
[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'this is no x86-64 Linux'
[ -e /etc/debian_version ] || skip 'this is no Debian'
[ "$(id -u)" -eq 0 ] || skip 'a tree of another architecture needs root'
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || skip 'this Debian has no name'
unshare --mount true 2>/dev/null || skip 'nothing may be mounted here'
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
libraries=usr/lib/aarch64-linux-gnu
# Tests that take minutes there and ask nothing of the processor that others do not ask.
slow='standin_(public_path_.*|program_limits_.*|leaks|placement)|layers|names|failed|heads|references'

emulator() {
    packages='qemu-user-static binfmt-support mmdebstrap ninja-build gcc-aarch64-linux-gnu gobjc-aarch64-linux-gnu'
    # shellcheck disable=SC2086 # several words
    dpkg-query -W $packages >/dev/null 2>&1 || { apt-get update -q && apt-get install -q -y --no-install-recommends $packages; } >/dev/null ||
        skip 'the emulator and the cross compiler cannot be installed'
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
    rm -rf --one-file-system "$folder"
    mkdir -p "$folder"
    compiler=$(aarch64-linux-gnu-gcc -dumpversion | cut -d. -f1)
    unpack
    configure
    put_compiler
}

# there COMMAND: in the tree, in the suite's folder. Mounts are of a namespace of its own, so that none is left behind.
there() {
    unshare --mount sh -ec '
        for point in proc dev dev/pts; do mount --bind "/$point" "$1/$point"; done
        exec chroot "$1" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/opt/cross/bin:/usr/bin:/bin OPENBLAS_NUM_THREADS=1 \
            sh -c "cd /suite && $2"' sh "$folder" "$1"
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

# test SUITE: but for what is too slow there.
test_suite() {
    names=$(there "meson test -C build --list --suite $1" | sed -n 's|.* / ||p' | grep -vE "^($slow)$" | tr '\n' ' ')
    [ -n "$names" ] || return 1
    there "meson test -C build --print-errorlogs --logbase testlog-$1 --timeout-multiplier 10 $names"
}

# A real device: its compiler, its BLAS, a report.
run() {
    there 'rm -rf /tmp/run && build/harness/runner/aneprobe run ping_pong chaining_loopback --device cpu --quick --out /tmp/run &&
        grep -q . /tmp/run/verdicts.csv && test -s /tmp/run/PROBE_RESULTS.html'
}

# simulated NAME [LIBRARY]: samples of simulated runs and a plan, as made there and here, in $folder/tmp; in each place
# with a library of that name in front of others.
simulated() {
    work='rm -rf $NAME && mkdir $NAME && build/harness/runner/aneprobe run --quick --seed 1 --device sim:m4 --share --out $NAME/run \
        overlap ping_pong dispatch chaining_loopback ops qos_sweep numerics weight_baking surfaces train >$NAME/log 2>&1 &&
        build/harness/runner/aneprobe plan --chip m4 --format csv 2>/dev/null | cut -d, -f1,3- >$NAME/plan.csv'
    there "export NAME=/tmp/there-$1 ${2:+LD_PRELOAD=/tmp/there-$2}; $work" || return 1
    (cd "$source" && env "NAME=$folder/tmp/here-$1" ${2:+"LD_PRELOAD=$folder/tmp/here-$2"} sh -c "$work") || return 1
    for file in plan.csv run/samples; do
        diff -r "$folder/tmp/here-$1/$file" "$folder/tmp/there-$1/$file" >"$folder/tmp/diff-$1" || return 1
    done
}

# Virtual time and what is computed must be the same to the byte. A difference that is gone with a BLAS in plain C on
# both sides comes from the kernels of OpenBLAS alone.
same() {
    [ -x "$source/build/bench/train/train" ] || {
        echo 'arm64.sh: same: nothing is built here to compare with: skipped'
        return
    }
    plain='-std=c11 -O2 -ffp-contract=off -shared -fPIC .ci/plain_sgemm.c'
    if simulated openblas; then
        echo 'arm64.sh: same: all bytes'
    elif there "cc $plain -o /tmp/there-plain.so" && (cd "$source" && sh -c "cc $plain -o '$folder/tmp/here-plain.so'") &&
        simulated plain plain.so; then
        echo 'arm64.sh: same: all bytes with a plain BLAS; with OpenBLAS, its kernels alone make a difference in'
        sed -n 's|^diff -r .*/there-openblas/|    |p' "$folder/tmp/diff-openblas"
    else
        cut -c 1-200 "$folder/tmp/diff-plain" | head -n 20
        return 1
    fi
}

emulator
trap 'exit 130' INT TERM
failed=
for part in "$@"; do
    from=$(date +%s)
    case $part in
    tree | build) $part ;;
    unit | standin | train) test_suite $part || failed="$failed $part" ;;
    run | same) $part || failed="$failed $part" ;;
    *) echo "arm64.sh: no part '$part'" >&2 && exit 2 ;;
    esac
    echo "arm64.sh: $part took $(($(date +%s) - from)) s"
done
[ -z "$failed" ] || echo "arm64.sh: failed:$failed" >&2
[ -z "$failed" ]
