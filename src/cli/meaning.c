/* meaning.c - see meaning.h. */
#include "cli/meaning.h"

#include "cli/workspace.h"

unsigned meaning_percent(const kith_meaning *meaning)
{
    if (meaning->waiting == 0 || meaning->chunks == 0) return 100;
    uint64_t have = meaning->chunks > meaning->waiting ? meaning->chunks - meaning->waiting : 0;
    return (unsigned)((double)have * 100 / (double)meaning->chunks);
}

void meaning_notice(const invocation *run, kith *database)
{
    kith_meaning meaning = {0};
    kith_status status =
        kith_collection_meaning(database, workspace_collection(run), &meaning, NULL);
    if (status != KITH_OK || meaning.waiting == 0) return;
    console_notice(run->console,
                   "%u %% of the chunks have their meaning yet; %llu of %llu are found by their "
                   "words alone",
                   meaning_percent(&meaning), (unsigned long long)meaning.waiting,
                   (unsigned long long)meaning.chunks);
}
