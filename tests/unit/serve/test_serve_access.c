/* test_serve_access.c - who may do what: keys, tenants, sockets; and what is told of it, the log
 * and the metrics. */
#include "served.h"

/* ---- keys ---- */

typedef enum who { READER, WRITER, ADMIN, ACME, ACME_PROD, NOTES, KEY_COUNT } who;
static char keys[KEY_COUNT][KITH_KEY_TEXT_BYTES];

static void make_keys(void)
{
    static const kith_key_options of[KEY_COUNT] = {
        [READER] = {.scope = KITH_KEY_READ},
        [WRITER] = {.scope = KITH_KEY_WRITE},
        [ADMIN] = {.scope = KITH_KEY_ADMIN},
        [ACME] = {.scope = KITH_KEY_ADMIN, .tenant = "acme"},
        [ACME_PROD] = {.scope = KITH_KEY_ADMIN, .tenant = "acme", .database = "prod"},
        [NOTES] = {.scope = KITH_KEY_WRITE, .collection = "notes"},
    };
    static const char *const names[KEY_COUNT] = {"reader", "writer", "admin",
                                                 "acme",   "prod",   "notes"};
    kith_error err = {0};
    for (size_t i = 0; i < KEY_COUNT; i++)
        assert_ok(kith_key_create(f.k, names[i], &of[i], keys[i], &err));
}

static int ask_with_key(const char *request, const char *key, const char *body)
{
    char header[256];
    (void)snprintf(header, sizeof header, "X-Chroma-Token: %s\r\n", key);
    return ask(request, header, body);
}

static void with_keys_every_route_but_public_ones_needs_one(void **state)
{
    (void)state;
    make_keys();
    start();
    assert_asked(200, "GET /t/public", "", NULL);
    assert_body("\"key\":\"\",\"scope\":1"); // SCOPE_PUBLIC: nobody
    assert_asked(200, "GET /t/public", "X-Chroma-Token: wrong\r\n", NULL);
    assert_body("\"scope\":1");
    assert_int_equal(ask_with_key("GET /t/public", keys[WRITER], NULL), 200);
    assert_body("\"key\":\"writer\",\"scope\":3");
    static const char *const requests[] = {"GET /t/read/x", "POST /t/write", "POST /t/admin",
                                           "GET /t/of/a/b", "POST /control/stop"};
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        assert_asked(401, requests[i], "", NULL);
        assert_head("WWW-Authenticate: Bearer");
        assert_asked(401, requests[i], "X-Chroma-Token: kith_0000\r\n", NULL);
        assert_asked(401, requests[i], "Authorization: Bearer\r\n", NULL);
    }
    assert_asked(404, "GET /t/unknown", "", NULL);
}

static void a_key_is_taken_from_three_headers(void **state)
{
    (void)state;
    make_keys();
    start();
    char header[512], pair[128];
    (void)snprintf(header, sizeof header, "X-Chroma-Token: %s\r\n", keys[READER]);
    assert_asked(200, "GET /t/read/x", header, NULL);
    assert_body("\"key\":\"reader\"");
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", keys[WRITER]);
    assert_asked(200, "GET /t/read/x", header, NULL);
    assert_body("\"key\":\"writer\"");
    buffer encoded;
    buffer_init(&encoded, 256);
    (void)snprintf(pair, sizeof pair, "anybody:%s", keys[ADMIN]);
    base64_append(&encoded, view_of(pair));
    (void)snprintf(header, sizeof header, "Authorization: Basic %s\r\n", buffer_text(&encoded));
    buffer_done(&encoded);
    assert_asked(200, "GET /t/read/x", header, NULL);
    assert_body("\"key\":\"admin\"");
}

typedef struct permission {
    who key;
    const char *request, *body;
    int status;
} permission;

static void a_key_allows_what_its_scope_says_and_no_more(void **state)
{
    (void)state;
    static const permission matrix[] = {
        {READER, "GET /t/read/x", NULL, 200},
        {READER, "POST /t/read", "{}", 200},
        {READER, "POST /t/write", "{}", 403},
        {READER, "POST /t/admin", NULL, 403},
        {WRITER, "GET /t/read/x", NULL, 200},
        {WRITER, "POST /t/write", "{}", 200},
        {WRITER, "POST /t/admin", NULL, 403},
        {WRITER, "POST /control/stop", NULL, 403},
        {ADMIN, "POST /t/write", "{}", 200},
        {ADMIN, "POST /t/admin", NULL, 200},
        {ADMIN, "POST /t/of/acme/prod", NULL, 200},
        // A tenant's administrator is none of the server, nor of another tenant.
        {ACME, "POST /t/admin", NULL, 403},
        {ACME, "POST /control/stop", NULL, 403},
        {ACME, "POST /t/of/acme", NULL, 200},
        {ACME, "POST /t/of/acme/prod", NULL, 200},
        {ACME, "POST /t/of/other", NULL, 403},
        {ACME, "GET /t/of/other/prod", NULL, 403},
        {ACME, "GET /t/of/default_tenant/default_database", NULL, 403},
        {ACME, "GET /t/of/acm%65/prod", NULL, 200},
        {ACME_PROD, "POST /t/of/acme", NULL, 403},
        {ACME_PROD, "POST /t/of/acme/prod", NULL, 200},
        {ACME_PROD, "POST /t/of/acme/test", NULL, 403},
        {ACME_PROD, "GET /t/of/acme/prod", NULL, 200},
        {ACME_PROD, "GET /t/of/acme/test", NULL, 403},
        {NOTES, "GET /t/collection/notes", NULL, 200},
        {NOTES, "GET /t/collection/other", NULL, 403},
        {READER, "GET /t/collection/other", NULL, 200},
    };
    kith_error err = {0};
    make_keys();
    assert_ok(kith_tenant_create(f.k, "acme", &err));
    assert_ok(kith_database_create(f.k, "acme", "prod", &err));
    assert_ok(kith_database_create(f.k, "acme", "test", &err));
    start();
    for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++) {
        const permission *p = &matrix[i];
        int status = ask_with_key(p->request, keys[p->key], p->body);
        if (status != p->status)
            fail_msg("key %d, %s: got %d, expected %d: %s", (int)p->key, p->request, status,
                     p->status, last.body);
    }
}

/* Whoever may not touch a tenant does not learn whether there is one. */
static void a_refusal_does_not_tell_whether_a_tenant_exists(void **state)
{
    (void)state;
    kith_error err = {0};
    make_keys();
    assert_ok(kith_tenant_create(f.k, "there", &err));
    assert_ok(kith_database_create(f.k, "there", "prod", &err));
    start();
    char there[512];
    static const char *const both[] = {"GET /t/of/there/prod", "GET /t/of/gone/prod"};
    assert_int_equal(ask(both[0], "", NULL), 401);
    (void)snprintf(there, sizeof there, "%s", last.body);
    assert_int_equal(ask(both[1], "", NULL), 401);
    assert_string_equal(last.body, there);
    assert_int_equal(ask_with_key(both[0], keys[ACME], NULL), 403);
    (void)snprintf(there, sizeof there, "%s", last.body);
    assert_int_equal(ask_with_key(both[1], keys[ACME], NULL), 403);
    assert_string_equal(last.body, there);
}

static void a_keys_own_database_is_where_no_path_names_one(void **state)
{
    (void)state;
    kith_error err = {0};
    kith *acme = NULL;
    make_keys();
    start();
    // The key's tenant does not exist yet, and nobody else's is given instead.
    assert_int_equal(ask_with_key("GET /t/own", keys[ACME_PROD], NULL), 404);
    assert_ok(kith_tenant_create(f.k, "acme", &err));
    assert_ok(kith_database_create(f.k, "acme", "prod", &err));
    assert_ok(kith_use_database(f.k, "acme", "prod", &acme, &err));
    assert_ok(kith_collection_create(f.k, "a", NULL, &err));
    assert_ok(kith_collection_create(f.k, "b", NULL, &err));
    assert_ok(kith_collection_create(acme, "c", NULL, &err));
    assert_ok(kith_close(acme, &err));
    assert_int_equal(ask_with_key("GET /t/own", keys[ACME_PROD], NULL), 200);
    assert_body("{\"collections\":1}");
    assert_int_equal(ask_with_key("GET /t/own", keys[READER], NULL), 200);
    assert_body("{\"collections\":2}");
    assert_int_equal(ask_with_key("GET /t/of/acme/prod", keys[READER], NULL), 200);
    assert_body("{\"collections\":1}");
    assert_int_equal(ask_with_key("GET /t/of/acme/gone", keys[READER], NULL), 404);
}

static void keys_made_and_removed_count_while_the_server_runs(void **state)
{
    (void)state;
    kith_error err = {0};
    start();
    assert_asked(200, "GET /t/read/x", "", NULL);
    make_keys();
    int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(20000) * 1000000;
    while (ask("GET /t/read/x", "", NULL) == 200 && clock_monotonic_ns() < end_ns)
        clock_sleep_ms(20);
    assert_int_equal(last.status, 401);
    assert_int_equal(ask_with_key("GET /t/read/x", keys[READER], NULL), 200);
    assert_ok(kith_key_delete(f.k, "reader", &err));
    end_ns = clock_monotonic_ns() + (int64_t)patience_ms(20000) * 1000000;
    while (ask_with_key("GET /t/read/x", keys[READER], NULL) == 200 &&
           clock_monotonic_ns() < end_ns)
        clock_sleep_ms(20);
    assert_int_equal(last.status, 401);
    assert_int_equal(ask_with_key("GET /t/read/x", keys[WRITER], NULL), 200);
}

static void a_public_address_without_a_key_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    f.options.host = "0.0.0.0";
    assert_status(KITH_ERR_INVALID, serve_start(&f.options, &f.server, &err));
    assert_non_null(strstr(err.message, "kith key create"));
    make_keys();
    assert_ok(serve_start(&f.options, &f.server, &err));
}

/* ---- sockets ---- */

static void the_directorys_socket_needs_no_key_and_is_its_owners(void **state)
{
    (void)state;
    char path[700];
    struct stat st;
    make_keys();
    start();
    (void)snprintf(path, sizeof path, "%s/serve.sock", f.data);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(ask_over(probe_connect_unix(path), "POST /t/admin", "Host: any\r\n", NULL),
                     200);
    assert_body("\"key\":\"\"");
    // A key that is given there counts.
    char header[128];
    (void)snprintf(header, sizeof header, "X-Chroma-Token: %s\r\n", keys[READER]);
    assert_int_equal(ask_over(probe_connect_unix(path), "POST /t/admin", header, NULL), 403);
    assert_int_equal(
        ask_over(probe_connect_unix(path), "POST /t/admin", "X-Chroma-Token: wrong\r\n", NULL),
        401);
    (void)stop_and_read_log();
    assert_int_not_equal(lstat(path, &st), 0);
}

static void a_second_server_of_a_directory_is_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    serve_state *second = NULL;
    start();
    assert_status(KITH_ERR_EXISTS, serve_start(&f.options, &second, &err));
    assert_asked(200, "GET /t/public", "", NULL);
}

static void a_directory_that_lies_deep_has_its_socket_too(void **state)
{
    (void)state;
    kith_error err = {0};
    char deep[900];
    (void)snprintf(deep, sizeof deep, "%s/%0120d", f.directory, 7);
    assert_ok(directory_create(&file_ops_posix, deep, &err));
    f.options.directory = deep;
    start();
    char path[SOCKET_PATH_BYTES];
    int fd = -1;
    assert_ok(socket_path(deep, SOCKET_OF_SERVER, path, &fd, &err));
    assert_true(fd >= 0);
    assert_int_equal(ask_over(probe_connect_unix(path), "GET /t/read/x", "Host: any\r\n", NULL),
                     200);
    (void)close(fd);
}

static void a_socket_of_choice_is_served_as_well(void **state)
{
    (void)state;
    char path[700];
    (void)snprintf(path, sizeof path, "%s/other.sock", f.directory);
    f.options.unix_path = path;
    start();
    assert_int_equal(ask_over(probe_connect_unix(path), "GET /t/read/x", "Host: any\r\n", NULL),
                     200);
    assert_asked(200, "GET /t/read/x", "", NULL);
}

static void a_server_is_asked_to_stop_by_its_route(void **state)
{
    (void)state;
    start();
    assert_false(serve_wait(f.server, 0));
    assert_asked(202, "POST /control/stop", "", NULL);
    assert_true(serve_wait(f.server, 0));
}

static void there_is_nobody_to_stop_without_a_server(void **state)
{
    (void)state;
    kith_error err = {0};
    assert_status(KITH_ERR_NOT_FOUND, control_stop(f.data, 1000, NULL, &err));
    assert_status(KITH_ERR_NOT_FOUND, control_stop("/nonexistent", 1000, NULL, &err));
}

/* ---- the log ---- */

static void the_log_has_a_line_a_request_and_no_secret(void **state)
{
    (void)state;
    make_keys();
    start();
    (void)ask_with_key("POST /t/write?q=hidden", keys[WRITER], "{\"a\": \"hidden\"}");
    assert_int_equal(last.status, 200);
    (void)ask_with_key("GET /t/read/x?q=hidden", keys[READER], NULL);
    (void)ask_with_key("POST /t/write", keys[READER], "{}");
    (void)ask_with_key("GET /t/read/x", "kith_hidden", NULL);
    const char *log = stop_and_read_log();
    assert_null(strstr(log, "hidden"));
    for (size_t i = 0; i < KEY_COUNT; i++)
        assert_null(strstr(log, keys[i]));
    assert_non_null(strstr(log, "method=POST path=/t/write status=200"));
    assert_non_null(strstr(log, "bytes_in=15"));
    assert_non_null(strstr(log, "key=reader peer=127.0.0.1"));
    assert_non_null(strstr(log, "action=write status=200 what=\"0 captures\""));
    assert_non_null(strstr(log, "level=warn event=audit"));
    assert_non_null(strstr(log, "status=403"));
    assert_non_null(strstr(log, "status=401"));
}

static void the_metrics_count_by_route_and_status(void **state)
{
    (void)state;
    start();
    assert_asked(200, "GET /t/read/x", "", NULL);
    assert_asked(200, "GET /t/read/y", "", NULL);
    assert_asked(409, "GET /t/fail/x", "", NULL);
    assert_asked(404, "GET /t/unknown", "", NULL);
    assert_asked(200, "GET /t/metrics", "", NULL);
    // An answer is read before it is counted as ended, so the last of these may be missing.
    int64_t end_ns = clock_monotonic_ns() + (int64_t)patience_ms(20000) * 1000000;
    while (!strstr(last.body, "{method=\"\",route=\"\",status=\"4xx\"} 1\n") &&
           clock_monotonic_ns() < end_ns)
        (void)ask("GET /t/metrics", "", NULL);
    assert_body(
        "kith_http_requests_total{method=\"GET\",route=\"/t/read/{x}\",status=\"2xx\"} 2\n");
    assert_body(
        "kith_http_requests_total{method=\"GET\",route=\"/t/fail/{x}\",status=\"4xx\"} 1\n");
    assert_body(
        "kith_http_request_duration_seconds_count{method=\"GET\",route=\"/t/read/{x}\"} 2\n");
    assert_body("route=\"/t/read/{x}\",le=\"+Inf\"} 2\n");
    assert_body("kith_http_requests_in_progress 1\n");
    assert_body("kith_http_requests_waiting 0\n");
    assert_null(strstr(last.body, "/t/write"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_server(with_keys_every_route_but_public_ones_needs_one),
        with_server(a_key_is_taken_from_three_headers),
        with_server(a_key_allows_what_its_scope_says_and_no_more),
        with_server(a_refusal_does_not_tell_whether_a_tenant_exists),
        with_server(a_keys_own_database_is_where_no_path_names_one),
        with_server(keys_made_and_removed_count_while_the_server_runs),
        with_server(a_public_address_without_a_key_is_refused),
        with_server(the_directorys_socket_needs_no_key_and_is_its_owners),
        with_server(a_second_server_of_a_directory_is_refused),
        with_server(a_directory_that_lies_deep_has_its_socket_too),
        with_server(a_socket_of_choice_is_served_as_well),
        with_server(a_server_is_asked_to_stop_by_its_route),
        with_server(there_is_nobody_to_stop_without_a_server),
        with_server(the_log_has_a_line_a_request_and_no_secret),
        with_server(the_metrics_count_by_route_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
