#!/bin/sh
# check.sh - all that can be said about the code without trusting it; called by `./dev check [quick]`, which has configured build/.
# Every step runs, also after one has failed; a step prints nothing but its name and time unless it finds something.
set -eu
. ./tools/setup.sh
. ./tools/build.sh

jobs=$(nproc)
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failures=0

# step NAME COMMAND...
step() {
    name=$1
    shift
    started=$(date +%s)
    if "$@" > "$output" 2>&1; then
        printf 'ok    %s (%d s)\n' "$name" $(($(date +%s) - started))
    else
        printf 'FAIL  %s (%d s)\n' "$name" $(($(date +%s) - started))
        cat "$output"
        failures=$((failures + 1))
    fi
}

# Names the files; `./dev fmt` shows and mends the differences.
check_format() {
    clang-format --version > /dev/null
    ! c_sources | xargs -0 clang-format --dry-run -Werror 2>&1 | sed -n 's/:[0-9:]* error:.*/: not as clang-format has it/p' | uniq | grep .
}

# shellcheck disable=SC2119 # the whole build
check_exports() {
    build_release
    ! nm --dynamic --defined-only --format=posix build/libkith.so | cut -d ' ' -f 1 | grep -v '^kith_'
}

# Our own code as build/compile_commands.json knows it; the tests are left out: cmocka's macros are not ours to judge.
# tidy FILES [clang-tidy option...]: so many files a process. The analyzer gets one: clang 14's forgets a va_start in whatever it reads next.
tidy() {
    at_once=$1
    shift
    find src examples \( -name '*.c' -o -name '*.cc' \) -print0 |
        xargs -0 -n "$at_once" -P "$jobs" clang-tidy --quiet -p build "$@" --extra-arg=-Wno-unknown-warning-option \
            --extra-arg=-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
}

# Taken out: what cppcheck 2.10 gets wrong here. A pointer stored through a compound literal counts as lost (memleak) or as an
# escaping local (autoVariables), `c ? (view){0} : v` breaks its parser, and it loses the quotes of -DKITH_VERSION.
check_cppcheck() {
    mkdir -p build/cppcheck
    cppcheck --quiet --project=build/compile_commands.json --file-filter='src/*' --cppcheck-build-dir=build/cppcheck \
        --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem --suppress=memleak \
        --suppress=autoVariables --suppress=internalAstError --suppress=preprocessorErrorDirective --error-exitcode=1 -j "$jobs"
}


# Where threads meet: what starts threads or serves several, by the names of its test programs.
CONCURRENT="test_os test_store test_net test_serve test_llm test_db test_embed test_metrics test_ingest test_answer test_lib test_vector_threads test_vector_lazy test_vector_compact test_model_encoder"

test_asan() { build_asan && $VENV/bin/python tests/run.py --unit build/asan; }
# shellcheck disable=SC2086 # a list of names
test_tsan() { build_tsan && $VENV/bin/python tests/run.py --unit build/tsan $CONCURRENT; }

full() {
    step 'static analysis' tidy 1
    setup_python tests/requirements.txt
    step 'tests under ASan and UBSan' test_asan
    step 'concurrent tests under TSan' test_tsan
    step 'one run under valgrind' tools/valgrind_run.sh
}

step format check_format
step layers python3 tools/check_layers.py
step sizes python3 tools/check_sizes.py
step 'banned calls' python3 tools/check_banned.py
step shellcheck shellcheck -x dev tools/*.sh .ci/run
step exports check_exports
step cppcheck check_cppcheck
step clang-tidy tidy 8 --checks=-clang-analyzer-*

[ "${1:-}" = quick ] || full
[ "$failures" -eq 0 ] || say "kith: $failures checks failed"
[ "$failures" -eq 0 ]
