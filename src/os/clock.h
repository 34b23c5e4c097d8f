/* clock.h - the two clocks: one for durations and deadlines, one for dates. Any thread. */
#ifndef KITH_OS_CLOCK_H
#define KITH_OS_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* From an arbitrary start; never set back. */
int64_t clock_monotonic_ns(void);
/* Of CPU time of all threads of this process. */
int64_t clock_process_ns(void);
/* Since 1970, UTC; an administrator or NTP may set it back. */
int64_t clock_wall_ms(void);
/* "2026-01-31T12:00:00Z" and a NUL, for 0001 <= year <= 9999; milliseconds are cut off. */
void clock_format_utc(int64_t wall_ms, char out[21]);
/* At least so long, whatever signals come. */
void clock_sleep_ms(uint32_t ms);
/* Every condition of kith is made by this, so that its timed waits are measured by
 * clock_monotonic_ns(): with the default attributes a wait of a second lasts an hour longer when the
 * system's clock is set back by an hour meanwhile. Ended by pthread_cond_destroy. */
void clock_condition_init(pthread_cond_t *condition);
/* `ms` from now, for pthread_cond_timedwait on such a condition. */
struct timespec clock_deadline(uint32_t ms);

#endif
