#!/bin/sh
# valgrind_run.sh - from a folder to an answer under valgrind; called by check.sh with KITH_MODEL set.
# Without AVX-512, which valgrind does not know.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/notes"
echo 'Backups run every night at two and are kept for thirty days.' > "$scratch/notes/backup.txt"
printf '# Garden\n\nTomatoes need water twice a day in July.\n' > "$scratch/notes/garden.md"

kith() {
    KITH_KERNELS=avx2 KITH_DIR=$scratch/data valgrind --quiet --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect,possible build/kith "$@"
}

kith add --threads 1 "$scratch/notes"
kith search 'when to water tomatoes' --json
kith ask 'How long are backups kept?' --json
kith stats --json
kith rm garden --json
