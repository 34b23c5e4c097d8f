/* TLS, by a pair of key and certificate that openssl makes for the test, and curl as the client. */
#include "test.h"

#include "http_fixture.h"
#include "scratch.h"

#include <unistd.h>

static void make_pair(const char *directory, const char *name)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                   "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
                   "-days 2 -keyout %s/%s.key -out %s/%s.crt 2> /dev/null",
                   directory, name, directory, name);
    assert_int_equal(system(command), 0);
}

static view read_file(const char *directory, const char *name, char *out, size_t capacity)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(out, 1, capacity, file);
    assert_true(size > 0 && size < capacity);
    (void)fclose(file);
    return (view){out, size};
}

/* What curl prints. */
static void ask(const char *arguments, char *out, size_t capacity)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "curl --silent --show-error --max-time %u %s 2>&1",
                   patience_ms(20000) / 1000, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(out, 1, capacity - 1, pipe);
    out[size] = '\0';
    (void)pclose(pipe);
}

static void a_certificate_and_its_key_make_a_server_of_tls(void **state)
{
    const char *directory = *state;
    char certificate[8192], key[8192], socket_path[256], arguments[512], got[1024];
    make_pair(directory, "a");
    (void)snprintf(socket_path, sizeof socket_path, "%s/s", directory);
    fixture f = {0};
    http_server_options options = FIXTURE_OPTIONS(&f);
    options.unix_path = socket_path;
    options.certificate = read_file(directory, "a.crt", certificate, sizeof certificate);
    options.key = read_file(directory, "a.key", key, sizeof key);
    fixture_start(&f, &options);

    (void)snprintf(arguments, sizeof arguments,
                   "--cacert %s/a.crt --user-agent me https://127.0.0.1:%u/x --data abc --next "
                   "--cacert %s/a.crt https://127.0.0.1:%u/stream",
                   directory, f.port, directory, f.port);
    ask(arguments, got, sizeof got);
    assert_true(strncmp(got, "POST|/x||me|3|127.0.0.1|00\n1\n2\n", 30) == 0);

    // The socket in the file system has none.
    (void)snprintf(arguments, sizeof arguments, "--unix-socket %s --user-agent me http://h/y",
                   socket_path);
    ask(arguments, got, sizeof got);
    assert_string_equal(got, "GET|/y||me|0|unix|1");

    int fd = probe_connect(f.port); // no TLS on the port
    assert_true(probe_send(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"));
    (void)close(fd);
    (void)snprintf(arguments, sizeof arguments,
                   "--cacert %s/a.crt --tls-max 1.1 https://127.0.0.1:%u", directory, f.port);
    ask(arguments, got, sizeof got);
    assert_non_null(strstr(got, "curl: (35)"));
    int begun = atomic_load(&f.begun);
    assert_int_equal(begun, 3);
    fixture_stop(&f);
}

static void a_pair_that_does_not_fit_is_refused_at_the_start(void **state)
{
    const char *directory = *state;
    char certificate[8192], key[8192];
    make_pair(directory, "a");
    make_pair(directory, "b");
    fixture f = {0};
    kith_error err = {0};
    http_server_options options = FIXTURE_OPTIONS(&f);
    options.certificate = read_file(directory, "a.crt", certificate, sizeof certificate);
    options.key = read_file(directory, "b.key", key, sizeof key);
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &f.server, &err));
    print_message("%s\n", err.message);
    assert_non_null(strstr(err.message, "certificate"));
    options.key = VIEW("no key");
    assert_status(KITH_ERR_INVALID, http_server_start(&options, &f.server, &err));
    assert_null(strstr(err.message, "no key"));
}

int main(void)
{
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_certificate_and_its_key_make_a_server_of_tls),
        IN_DIRECTORY(a_pair_that_does_not_fit_is_refused_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
