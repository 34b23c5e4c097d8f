/* call_limit.h - what may end a call before its work is done: a deadline, its caller, and the size
 * of its result.
 *
 * The work checks between two pieces of bounded size (a page of rows, a slice of texts, a round of a
 * search), at places where it may stop without leaving anything half done. So a call ends a piece
 * later than it was asked to, and what a transaction has committed stays committed. */
#ifndef KITH_OS_CALL_LIMIT_H
#define KITH_OS_CALL_LIMIT_H

#include "base/status.h"

#include <stdint.h>

/* Zero: no limit. One call's; read by whatever thread works for it. */
typedef struct call_limit {
    int64_t deadline_ns;                /* on the monotonic clock; 0: none */
    uint32_t timeout_ms;                /* what the deadline was made of, for the message */
    int (*is_cancelled)(void *context); /* other than 0: the caller wants no more; NULL: never */
    void *context;
    uint64_t max_bytes;  /* of the result; 0: no limit of the caller's */
    uint32_t truncation; /* of texts that the call embeds: a kith_truncation */
} call_limit;

/* May the call go on? `l` may be NULL: it may.
 * Errors: KITH_ERR_CANCELLED (the caller asked), KITH_ERR_TIMEOUT (the deadline has passed). */
KITH_CHECKED kith_status call_limit_check(const call_limit *l, kith_error *err);
/* May the result have this many bytes? `l` may be NULL: it may.
 * Errors: KITH_ERR_LIMIT names max_bytes. */
KITH_CHECKED kith_status call_limit_check_bytes(const call_limit *l, uint64_t bytes,
                                                kith_error *err);

#endif
