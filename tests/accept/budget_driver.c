/* budget_driver.c - puts vectors into a collection whose memory is limited, and searches it: test_budget.py.
 *
 *   budget_driver DIRECTORY POINTS DIMENSION LIMIT_BYTES STEP...
 *
 * Steps, each with a handle of its own, each of which prints a JSON object on a line:
 *   put      all points
 *   churn    every third point is put elsewhere, then every tenth from the eighth on is deleted
 *   churned  nothing; the steps behind it are of a collection that was churned by a run before
 *   search, near, filter, exact   100 searches for 10, held against a comparison with every point; near: with a target of 0.99
 *
 * Vectors are made from their numbers: what is to be found is known without any memory for them. */
#include <kith/budget.h>
#include <kith/kith.h>
#include <kith/recall.h>
#include <kith/search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 500, QUERIES = 100, K = 10, OF_CENTRE = 40, GROUPS = 50 };

typedef struct driver {
    const char *directory;
    uint32_t points, dim;
    uint64_t limit;
    bool is_churned;
    float *queries;             /* [QUERIES][dim] */
    double nearest[QUERIES][K]; /* squared distances, ascending */
} driver;

static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static float noise(uint64_t a, uint64_t b)
{
    return (float)((double)(mix(a * UINT64_C(0x100000001b3) + b) >> 40) / (1 << 24) - 0.5);
}

/* Near one of the centres, each of which has OF_CENTRE points on average. */
static void make_vector(const driver *d, uint64_t number, uint64_t turn, float *out)
{
    const uint64_t centre = mix(number * 7 + turn) % (d->points / OF_CENTRE + 1);
    for (uint32_t i = 0; i < d->dim; i++)
        out[i] = noise(centre + 1, i) * 2 + noise((number + 1) * 1000003 + turn, i) * 1.2F;
}

static bool is_gone(const driver *d, uint32_t number)
{
    return d->is_churned && number % 10 == 7;
}

static uint64_t turn_of(const driver *d, uint32_t number)
{
    return d->is_churned && number % 3 == 0;
}

static void check(kith_status status, const kith_error *err)
{
    if (status == KITH_OK) return;
    printf("{\"error\": \"%s\", \"status\": %d}\n", err->message, (int)status);
    exit(3);
}

static void print_notice(void *context, const char *notice)
{
    (void)context;
    (void)fprintf(stderr, "%s\n", notice);
}

static kith *begin(const driver *d)
{
    kith_error err = {0};
    kith *k = NULL;
    const kith_options options = {.size = sizeof options, .on_notice = print_notice};
    check(kith_open(d->directory, &options, &k, &err), &err);
    return k;
}

static long peak_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1) break;
    if (f) (void)fclose(f);
    return kib;
}

/* What the step has said already is the beginning of its object. */
static void end(kith *k)
{
    kith_error err = {0};
    kith_index_memory memory = {.size = sizeof memory};
    kith_collection_list *list = NULL;
    check(kith_collection_memory(k, "c", &memory, &err), &err);
    check(kith_collections(k, "c", &list, &err), &err);
    const kith_collection_stats *stats = &list->collections[0];
    printf("\"limit\": %llu, \"used\": %llu, \"lists\": %llu, \"index\": \"%s\", \"chunks\": %llu, "
           "\"bytes_memory\": %llu, \"peak_bytes\": %llu}\n",
           (unsigned long long)memory.limit, (unsigned long long)memory.used,
           (unsigned long long)memory.lists, stats->index, (unsigned long long)stats->chunks,
           (unsigned long long)stats->bytes_memory, (unsigned long long)peak_kib() * 1024);
    (void)fflush(stdout);
    kith_collection_list_free(list);
    check(kith_close(k, &err), &err);
}

/* Puts the points of which the number modulo `every` is 0, as they are at `turn`. */
static void put_points(const driver *d, kith *k, uint32_t every, uint64_t turn)
{
    kith_error err = {0};
    static char ids[BATCH][16], fields[BATCH][32];
    static kith_point points[BATCH];
    float *vectors = calloc((size_t)BATCH * d->dim, sizeof *vectors);
    uint32_t count = 0;
    for (uint32_t number = 0; vectors && number < d->points; number++) {
        if (number % every == 0) {
            float *vector = vectors + (size_t)count * d->dim;
            make_vector(d, number, turn, vector);
            (void)snprintf(ids[count], sizeof ids[count], "%u", number);
            (void)snprintf(fields[count], sizeof fields[count], "{\"group\": %u}", number % GROUPS);
            points[count] = (kith_point){
                .id = ids[count], .metadata = fields[count], .vector = vector, .dimension = d->dim};
            count++;
        }
        if (count < BATCH && number + 1 < d->points) continue;
        if (count > 0) check(kith_put(k, "c", KITH_UPSERT, points, count, &err), &err);
        count = 0;
    }
    free(vectors);
}

/* The rows move into them behind what puts them, by way of a compact index; the first lists, of the first rows, are replaced by more
 * as rows come. A minute, and then a test says so. */
static void wait_for_lists(kith *k)
{
    enum { OF_FIRST_ROWS = 100 };
    const struct timespec a_while = {.tv_nsec = 50 * 1000 * 1000};
    kith_error err = {0};
    kith_index_memory memory = {.size = sizeof memory};
    for (int i = 0; i < 1200 && memory.lists <= OF_FIRST_ROWS; i++) {
        if (i > 0) (void)nanosleep(&a_while, NULL);
        check(kith_collection_memory(k, "c", &memory, &err), &err);
    }
}

static void put(driver *d)
{
    kith_error err = {0};
    kith *k = begin(d);
    const kith_collection_options options = {
        .size = sizeof options, .metric = KITH_SQUARED_L2, .dimension = d->dim};
    check(kith_collection_create(k, "c", &options, &err), &err);
    check(kith_collection_limit_memory(k, "c", d->limit, &err), &err);
    put_points(d, k, 1, 0);
    if (d->limit > 0) wait_for_lists(k);
    printf("{\"step\": \"put\", ");
    end(k);
}

static void churn(driver *d)
{
    kith_error err = {0};
    kith *k = begin(d);
    char id[16];
    const char *ids[] = {id};
    const kith_selection one = {.size = sizeof one, .ids = ids, .id_count = 1};
    put_points(d, k, 3, 1);
    for (uint32_t number = 7; number < d->points; number += 10) {
        (void)snprintf(id, sizeof id, "%u", number);
        check(kith_delete(k, "c", &one, NULL, &err), &err);
    }
    d->is_churned = true;
    printf("{\"step\": \"churn\", ");
    end(k);
}

/* ---- searching ---- */

static double distance_of(const float *a, const float *b, uint32_t dim)
{
    float sum = 0;
    for (uint32_t i = 0; i < dim; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return (double)sum;
}

static void offer(double nearest[K], double distance)
{
    uint32_t at = K;
    while (at > 0 && distance < nearest[at - 1])
        at--;
    if (at == K) return;
    memmove(nearest + at + 1, nearest + at, (K - 1 - at) * sizeof *nearest);
    nearest[at] = distance;
}

/* Compares every point of group `group`, or of all (GROUPS), with every query. */
static void find_nearest(driver *d, uint32_t group)
{
    float *vector = calloc(d->dim, sizeof *vector);
    d->queries = calloc((size_t)QUERIES * d->dim, sizeof *d->queries);
    for (uint32_t q = 0; q < QUERIES; q++) {
        // Like the points, and none of them.
        make_vector(d, (uint64_t)d->points + q, 0, d->queries + (size_t)q * d->dim);
        for (uint32_t i = 0; i < K; i++)
            d->nearest[q][i] = 1e300;
    }
    for (uint32_t number = 0; vector && number < d->points; number++) {
        if (is_gone(d, number) || (group < GROUPS && number % GROUPS != group)) continue;
        make_vector(d, number, turn_of(d, number), vector);
        for (uint32_t q = 0; q < QUERIES; q++)
            offer(d->nearest[q], distance_of(vector, d->queries + (size_t)q * d->dim, d->dim));
    }
    free(vector);
}

static void search(driver *d, const char *step)
{
    kith_error err = {0};
    uint64_t found = 0, lists = 0, bytes = 0, distances = 0;
    char kind[64] = "";
    const bool is_filtered = strcmp(step, "filter") == 0;
    kith *k = begin(d);
    find_nearest(d, is_filtered ? 3 : GROUPS);
    for (uint32_t q = 0; q < QUERIES; q++) {
        const float *vector = d->queries + (size_t)q * d->dim;
        kith_hits *hits = NULL;
        const kith_query query = {.size = sizeof query,
                                  .vector = vector,
                                  .dimension = d->dim,
                                  .k = K,
                                  .where = is_filtered ? "{\"group\": 3}" : NULL,
                                  .exact = strcmp(step, "exact") == 0,
                                  .target_recall = strcmp(step, "near") == 0 ? 0.99 : 0,
                                  .explain = true};
        check(kith_search(k, "c", &query, &hits, &err), &err);
        for (size_t i = 0; i < hits->count; i++) {
            const uint32_t number = (uint32_t)strtoul(hits->hits[i].id, NULL, 10);
            float *own = calloc(d->dim, sizeof *own);
            make_vector(d, number, turn_of(d, number), own);
            found += !is_gone(d, number) &&
                     distance_of(own, vector, d->dim) <= d->nearest[q][K - 1] * (1 + 1e-6);
            free(own);
        }
        (void)snprintf(kind, sizeof kind, "%s", hits->plan);
        if (hits->explained) {
            lists += hits->explained->lists;
            bytes += hits->explained->bytes_read;
            distances += hits->explained->distances;
        }
        kith_hits_free(hits);
    }
    printf("{\"step\": \"%s\", \"recall\": %.4f, \"plan\": \"%s\", \"lists_read\": %.1f, "
           "\"bytes_read\": %.0f, \"distances\": %.1f, ",
           step, (double)found / (QUERIES * K), kind, (double)lists / QUERIES,
           (double)bytes / QUERIES, (double)distances / QUERIES);
    free(d->queries);
    end(k);
}

int main(int count, char **arguments)
{
    if (count < 6) return 2;
    driver d = {.directory = arguments[1],
                .points = (uint32_t)strtoul(arguments[2], NULL, 10),
                .dim = (uint32_t)strtoul(arguments[3], NULL, 10),
                .limit = strtoull(arguments[4], NULL, 10)};
    for (int i = 5; i < count; i++) {
        if (strcmp(arguments[i], "put") == 0)
            put(&d);
        else if (strcmp(arguments[i], "churn") == 0)
            churn(&d);
        else if (strcmp(arguments[i], "churned") == 0)
            d.is_churned = true;
        else
            search(&d, arguments[i]);
    }
    return 0;
}
