/* paged_file.c - see paged_file.h. */
#include "vector/paged_file.h"

#include "base/hash.h"
#include "base/holders.h"
#include "base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = PAGED_FILE_PAGE, BUFFER_PAGES = 16 };

kith_status paged_file_new(const file_ops *ops, int fd, const char *name, paged_file **out,
                           kith_error *err)
{
    paged_file *f = heap_new_array(1, sizeof *f);
    if (!f) {
        (void)ops->close(fd);
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the file of an index");
    }
    f->ops = ops;
    f->fd = fd;
    // Else each read looks up whether a time of access is due. Not allowed for a file of another user.
    (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NOATIME);
    atomic_init(&f->holders, 1);
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    region_init(&f->sums, sizeof(uint64_t));
    *out = f;
    return KITH_OK;
}

static kith_status add_sums(paged_file *f, uint64_t pages, kith_error *err)
{
    if (f->pages + pages > REGION_MAX)
        return fail(err, KITH_ERR_LIMIT, "%s has more than %u pages", f->name, REGION_MAX);
    if (!region_reserve(&f->sums, (uint32_t)(f->pages + pages)))
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for the checksums of %s", f->name);
    return KITH_OK;
}

static uint64_t *sum_at(const paged_file *f, uint64_t page)
{
    return region_at(&f->sums, (uint32_t)page);
}

kith_status paged_file_over(const file_ops *ops, int fd, const char *name, const char *sums,
                            uint64_t pages, paged_file **out, kith_error *err)
{
    paged_file *f = NULL;
    kith_status status = paged_file_new(ops, fd, name, &f, err);
    if (status != KITH_OK) return status;
    status = add_sums(f, pages, err);
    for (uint64_t page = 0; page < pages && status == KITH_OK; page++)
        *sum_at(f, page) = load_u64(sums + page * sizeof(uint64_t));
    f->pages = pages;
    if (status == KITH_OK)
        *out = f;
    else
        paged_file_release(f);
    return status;
}

paged_file *paged_file_hold(paged_file *f)
{
    holders_add(&f->holders);
    return f;
}

void paged_file_release(paged_file *f)
{
    if (!f || !holders_leave(&f->holders)) return;
    (void)f->ops->close(f->fd);
    region_done(&f->sums);
    free(f);
}

size_t paged_file_bytes(const paged_file *f)
{
    return sizeof *f + (size_t)f->pages * sizeof(uint64_t);
}

kith_status paged_file_read_unverified(const paged_file *f, uint64_t offset, size_t bytes, void *to,
                                       kith_error *err)
{
    const file_reader from = {.ops = f->ops, .fd = f->fd, .path = f->name};
    return file_reader_read(&from, offset, to, bytes, err);
}

kith_status paged_file_read_pages(const paged_file *f, uint64_t first, uint32_t count, char *to,
                                  kith_error *err)
{
    kith_status status = paged_file_read_unverified(f, first * PAGE, (size_t)count * PAGE, to, err);
    for (uint32_t i = 0; i < count && status == KITH_OK; i++)
        if (hash64((view){to + (size_t)i * PAGE, PAGE}, 0) != *sum_at(f, first + i))
            status = fail(err, KITH_ERR_CORRUPT, "%s: page %llu fails its checksum", f->name,
                          (unsigned long long)(first + i));
    return status;
}

kith_status paged_file_read(const paged_file *f, uint64_t offset, size_t bytes, char *pages,
                            const char **out, kith_error *err)
{
    const uint64_t first = offset / PAGE, end = (offset + bytes + PAGE - 1) / PAGE;
    kith_status status = paged_file_read_pages(f, first, (uint32_t)(end - first), pages, err);
    if (status == KITH_OK) *out = pages + offset % PAGE;
    return status;
}

kith_status paged_writer_begin(paged_writer *w, paged_file *f, kith_error *err)
{
    *w = (paged_writer){.file = f, .start = f->pages * PAGE};
    w->buffer = heap_new_array(BUFFER_PAGES, PAGE);
    return w->buffer ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for writing vectors");
}

/* Writes the buffer, of whole pages. */
static kith_status drain(paged_writer *w, kith_error *err)
{
    paged_file *f = w->file;
    const uint64_t pages = w->used / PAGE;
    kith_status status = add_sums(f, pages, err);
    for (size_t done = 0; done < w->used && status == KITH_OK;) {
        int64_t put =
            f->ops->pwrite(f->fd, w->buffer + done, w->used - done, f->pages * PAGE + done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) {
            const int error = put < 0 ? errno : ENOSPC;
            return fail(err, status_of_errno(error), "%s cannot be written: %s", f->name,
                        strerror(error));
        }
        done += (size_t)put;
    }
    for (uint64_t i = 0; i < pages && status == KITH_OK; i++)
        *sum_at(f, f->pages + i) = hash64((view){w->buffer + i * PAGE, PAGE}, 0);
    if (status != KITH_OK) return status;
    f->pages += pages;
    w->used = 0;
    return KITH_OK;
}

kith_status paged_writer_put(paged_writer *w, view bytes, kith_error *err)
{
    while (bytes.size > 0) {
        const size_t step = size_min(bytes.size, (size_t)BUFFER_PAGES * PAGE - w->used);
        memcpy(w->buffer + w->used, bytes.data, step);
        w->used += step;
        bytes = view_slice(bytes, step, bytes.size);
        if (w->used < (size_t)BUFFER_PAGES * PAGE) continue;
        kith_status status = drain(w, err);
        if (status != KITH_OK) return status;
    }
    return KITH_OK;
}

kith_status paged_writer_end(paged_writer *w, kith_error *err)
{
    const size_t end = (w->used + PAGE - 1) / PAGE * PAGE;
    memset(w->buffer + w->used, 0, end - w->used);
    w->used = end;
    return drain(w, err);
}

void paged_writer_done(paged_writer *w)
{
    free(w->buffer);
    *w = (paged_writer){0};
}
