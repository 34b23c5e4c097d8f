/* progress.h - progress, speed and remaining time: what the progress bar says, and how it is drawn.
 * It reads no clock and draws nothing. The time left is the library's estimate. */
#ifndef KITH_CLI_PROGRESS_H
#define KITH_CLI_PROGRESS_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct progress_sample {
    uint64_t files, files_total;
    uint64_t bytes, bytes_total;
    uint64_t chunks;
    uint64_t waiting;    /* chunks that are stored, and not embedded */
    double seconds_left; /* as of the sample; negative: not known */
} progress_sample;

typedef struct progress_rate {
    double weighted; /* units per second, weighted to the recent past, biased low until the start
                        has faded */
} progress_rate;

typedef struct progress {
    int64_t start_ns, last_ns;
    progress_sample last;
    progress_rate chunks;
    uint64_t embedded; /* chunks, as of the last sample of that phase */
} progress;

void progress_start(progress *p, int64_t now_ns);
/* Counts only grow; now_ns never falls. */
void progress_update(progress *p, int64_t now_ns, const progress_sample *sample);

double progress_chunks_per_second(const progress *p);

/* "[=====>    ]  120/490 files  34.5 chunks/s  1:20 left", and, once all files are stored and their
 * chunks are being embedded, "[=====>    ]  120/490 chunks embedded  34.5 chunks/s  1:20 left"; at
 * most `width` columns: when room is short the bar shrinks first, then parts are dropped from the
 * right. */
void progress_bar(const progress *p, uint32_t width, buffer *out);
/* The same as a sentence for a log. */
void progress_sentence(const progress *p, buffer *out);

/* "0:09", "12:34", "3:05:07". */
void progress_duration(double seconds, buffer *out);

#endif
