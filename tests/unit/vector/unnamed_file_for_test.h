/* unnamed_file_for_test.h - bytes as a file of pages that has no name. */
#ifndef KITH_UNNAMED_FILE_FOR_TEST_H
#define KITH_UNNAMED_FILE_FOR_TEST_H

#include "os/file.h"
#include "test.h"
#include "vector/paged_file.h"

#include <fcntl.h>

/* A file without a name with the bytes; *out_fd, if any, for who damages it. */
static inline paged_file *file_of(const buffer *bytes, int *out_fd)
{
    kith_error err;
    paged_file *f = NULL;
    paged_writer w = {0};
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    assert_true(fd >= 0);
    assert_ok(paged_file_new(&file_ops_posix, fd, "part vectors.0", &f, &err));
    assert_ok(paged_writer_begin(&w, f, &err));
    assert_ok(paged_writer_put(&w, buffer_view(bytes), &err));
    assert_ok(paged_writer_end(&w, &err));
    paged_writer_done(&w);
    if (out_fd) *out_fd = fd;
    return f;
}

#endif
