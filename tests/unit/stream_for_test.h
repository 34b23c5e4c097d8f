/* stream_for_test.h - bytes as what a descriptor gives. */
#ifndef KITH_STREAM_FOR_TEST_H
#define KITH_STREAM_FOR_TEST_H

#include "test.h"

#include "base/view.h"

#include <unistd.h>

/* A stream of these bytes to its end, the caller's to close: a file without a name. */
static inline int stream_of(view bytes)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fflush(file), 0);
    int fd = dup(fileno(file));
    assert_int_equal(fclose(file), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

#endif
