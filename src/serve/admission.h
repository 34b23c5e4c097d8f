/* admission.h - how many requests of one key are let in: so many a second, and so many at a time.
 *
 * The rate is a token bucket: a request takes a token, tokens come back at the rate, and as many as
 * a second's are kept. So a client that was quiet may send a second's worth at once. */
#ifndef KITH_SERVE_ADMISSION_H
#define KITH_SERVE_ADMISSION_H

#include "base/status.h"

#include <stdint.h>

typedef struct admission admission;

typedef enum admission_verdict { ADMITTED, REFUSED_RATE, REFUSED_CONCURRENT } admission_verdict;

/* rate_per_second, concurrent  0: no limit. Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status admission_new(uint32_t rate_per_second, uint32_t concurrent,
                                       admission **out, kith_error *err);
void admission_free(admission *a);

/* May a request of this key (its name; "" without one) begin at this time of the monotonic clock?
 * After ADMITTED admission_leave must follow. Any thread. */
admission_verdict admission_enter(admission *a, const char *key, int64_t now_ns);
void admission_leave(admission *a, const char *key);

#endif
