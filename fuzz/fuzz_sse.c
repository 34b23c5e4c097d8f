/* fuzz_sse.c - any split of an event stream gives the same events and the same end.
 * Input: one byte of seed for the splits, one for the limit of an event, then the stream. */
#include "base/rng.h"
#include "net/sse.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX_TRANSCRIPT_BYTES = 64 << 20 };

/* Sizes before the bytes, so that two different lists of events cannot look the same. */
static kith_status transcribe(void *context, view event, view data)
{
    buffer *out = context;
    buffer_append_u64(out, event.size);
    buffer_append(out, event);
    buffer_append_u64(out, data.size);
    buffer_append(out, data);
    return KITH_OK;
}

static kith_status parse(view stream, size_t max_event_bytes, rng *splits, buffer *out)
{
    kith_status status = KITH_OK;
    sse_parser parser;
    sse_parser_init(&parser, max_event_bytes, transcribe, out);
    while (status == KITH_OK && stream.size > 0) {
        size_t bytes = splits ? rng_below(splits, 8) : stream.size;
        if (bytes > stream.size) bytes = stream.size;
        status = sse_parser_feed(&parser, view_slice(stream, 0, bytes), NULL);
        stream = view_slice(stream, bytes, stream.size);
    }
    sse_parser_done(&parser);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2) return 0;
    rng splits = {.state = bytes[0]};
    size_t max_event_bytes = 16 + (size_t)bytes[1];
    view stream = {(const char *)bytes + 2, size - 2};
    buffer whole, split;
    buffer_init(&whole, MAX_TRANSCRIPT_BYTES);
    buffer_init(&split, MAX_TRANSCRIPT_BYTES);
    kith_status whole_status = parse(stream, max_event_bytes, NULL, &whole);
    kith_status split_status = parse(stream, max_event_bytes, &splits, &split);
    CHECK(whole_status == split_status);
    CHECK(view_equal(buffer_view(&whole), buffer_view(&split)));
    buffer_done(&whole);
    buffer_done(&split);
    return 0;
}
