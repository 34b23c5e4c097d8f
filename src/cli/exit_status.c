/* exit_status.c - see exit_status.h. A script must be able to distinguish "try again later" (busy)
 * from "this can never work" (usage), so the library's twenty codes map to a few, by what to do
 * next. */
#include "cli/exit_status.h"

#include <stddef.h>

const exit_status_meaning exit_status_table[] = {
    {EXIT_DONE, "done"},
    {EXIT_PARTLY,
     "nothing found, the answer was refused, some documents failed (see standard error), or kith "
     "check only found what costs nothing"},
    {EXIT_USAGE, "a bad option, argument, filter or input; nothing was changed by it"},
    {EXIT_BUSY, "another process writes, and did not end in the time of --wait"},
    {EXIT_MISSING, "no such path, data directory, collection or id"},
    {EXIT_MODEL, "the embedding model or the LLM endpoint is missing, does not fit or failed; or "
                 "--timeout was over"},
    {EXIT_SYSTEM, "the system failed: permission, full disk, damaged data, memory"},
    {EXIT_INTERRUPTED, "interrupted; what was committed stays"},
    {EXIT_PIPE, "the reader of the output went away"},
    {0, NULL},
};

exit_status exit_status_of(kith_status status)
{
    switch (status) {
    case KITH_OK:
        return EXIT_DONE;
    case KITH_ERR_INVALID:
    case KITH_ERR_EXISTS:
    case KITH_ERR_DIMENSION:
    case KITH_ERR_LIMIT:
    case KITH_ERR_FORMAT:
    case KITH_ERR_UNSUPPORTED:
        return EXIT_USAGE;
    case KITH_ERR_NOT_FOUND:
        return EXIT_MISSING;
    case KITH_ERR_BUSY:
        return EXIT_BUSY;
    case KITH_ERR_MODEL:
    case KITH_ERR_NETWORK:
    case KITH_ERR_TIMEOUT:
    case KITH_ERR_AUTH:
    case KITH_ERR_RATE_LIMITED:
    case KITH_ERR_REMOTE:
        return EXIT_MODEL;
    case KITH_ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    case KITH_ERR_IO:
    case KITH_ERR_FULL:
    case KITH_ERR_CORRUPT:
    case KITH_ERR_NO_MEMORY:
    case KITH_ERR_INTERNAL:
        return EXIT_SYSTEM;
    }
    return EXIT_SYSTEM;
}
