# build.sh - the build directories that ./dev knows; sourced by it and by check.sh, from the root of the repository.
#   build        release: what is shipped and measured
#   build/asan   AddressSanitizer, UndefinedBehaviorSanitizer
#   build/tsan   ThreadSanitizer
# shellcheck shell=sh

# configure DIRECTORY [meson option...]: once; ninja follows later changes by itself.
configure() {
    directory=$1
    shift
    [ -f "$directory/build.ninja" ] && return
    mkdir -p build
    meson setup "$@" "$directory" > build/setup.log || { cat build/setup.log >&2 && return 1; }
}

# compile DIRECTORY [ninja target...]: shows progress on a terminal only.
compile() {
    say "kith: building in $1"
    quiet=--quiet
    [ ! -t 1 ] || quiet=
    ninja -C "$@" $quiet
}

# build_release [ninja target...]
# shellcheck disable=SC2120 # also called without
build_release() {
    configure build
    compile build "$@"
}

# build_sanitized NAME SANITIZERS: reports name functions and lines; what else a debugger wants would make the build a fifth slower.
build_sanitized() {
    configure "build/$1" -Doptimization=2 -Ddebug=false -Dc_args=-g1 -Dcpp_args=-g1 -Db_sanitize="$2" -Db_lundef=false
    compile "build/$1"
}

build_asan() { build_sanitized asan address,undefined; }
build_tsan() { build_sanitized tsan thread; }
