/* What a command sends to a server arrives as it was, and anything else is refused. */
#include "test.h"

#include "cli/channel.h"
#include "cli/handed_request.h"

#include <kith/kith.h>
#include <sys/socket.h>
#include <unistd.h>

static handed_request example(char **argv)
{
    return (handed_request){
        .surroundings = "here",
        .argc = 3,
        .argv = argv,
        .env = {.home = "/home/a", .model = "m", .temporary = "/tmp", .no_color = true},
        .out = {.is_tty = true, .color = true, .width = 132},
        .err = {.width = 80},
        .in_is_tty = true,
    };
}

static char *words[] = {(char[]){"kith"}, (char[]){"add"}, (char[]){"a\xff\n b"}, NULL};

static void a_request_arrives_as_it_was_sent(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer bytes;
    arena a;
    handed_request sent = example(words), got;
    arena_init(&a, 0);
    buffer_init(&bytes, HANDED_REQUEST_MAX_BYTES);
    handed_request_encode(&sent, &bytes);
    assert_ok(handed_request_decode(buffer_view(&bytes), &a, &got, &err));
    assert_int_equal(got.argc, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(got.argv[i], words[i]);
    assert_null(got.argv[3]);
    assert_string_equal(got.surroundings, "here");
    assert_string_equal(got.env.home, "/home/a");
    assert_string_equal(got.env.model, "m");
    assert_null(got.env.api_key);
    assert_true(got.env.no_color && got.in_is_tty && got.out.is_tty && got.out.color);
    assert_int_equal(got.out.width, 132);
    assert_false(got.err.is_tty);
    buffer_done(&bytes);
    arena_done(&a);
}

/* Every beginning of a request, and every request with one byte changed, is decoded or refused. */
static void what_is_cut_or_changed_is_refused_or_whole(void **state)
{
    (void)state;
    buffer bytes;
    handed_request sent = example(words), got;
    buffer_init(&bytes, HANDED_REQUEST_MAX_BYTES);
    handed_request_encode(&sent, &bytes);
    for (size_t i = 0; i < bytes.size; i++) {
        kith_error err = {0};
        arena a;
        arena_init(&a, 0);
        assert_int_not_equal(handed_request_decode((view){bytes.data, i}, &a, &got, &err), KITH_OK);
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            bytes.data[i] = (char)(bytes.data[i] ^ (char)flip);
            kith_status status = handed_request_decode(buffer_view(&bytes), &a, &got, &err);
            if (status == KITH_OK) assert_non_null(got.argv[0]);
            bytes.data[i] = (char)(bytes.data[i] ^ (char)flip);
        }
        arena_done(&a);
    }
    buffer_done(&bytes);
}

static void more_arguments_than_are_allowed_are_refused(void **state)
{
    (void)state;
    kith_error err = {0};
    buffer bytes;
    arena a;
    handed_request got;
    arena_init(&a, 0);
    buffer_init(&bytes, 1000);
    buffer_append_u32(&bytes, 2);
    buffer_append_u32(&bytes, (uint32_t)strlen(kith_version()) + 1);
    buffer_append(&bytes, (view){kith_version(), strlen(kith_version()) + 1});
    buffer_append_u32(&bytes, 0);
    buffer_append_u32(&bytes, HANDED_ARGUMENTS_MAX + 1);
    assert_status(KITH_ERR_LIMIT, handed_request_decode(buffer_view(&bytes), &a, &got, &err));
    buffer_done(&bytes);
    arena_done(&a);
}

static void another_version_is_named_beside_this_one(void **state)
{
    (void)state;
    kith_error err = {0};
    arena a;
    handed_request got;
    arena_init(&a, 0);
    assert_status(KITH_ERR_UNSUPPORTED,
                  handed_request_decode(VIEW("\2\0\0\0\4\0\0\0009.9\0"), &a, &got, &err));
    assert_non_null(strstr(err.message, "9.9"));
    assert_non_null(strstr(err.message, kith_version()));
    arena_done(&a);
}

static void open_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

static void a_message_arrives_with_its_descriptor(void **state)
{
    (void)state;
    kith_error err = {0};
    int pair[2], got = -1, pipe_of[2];
    buffer body;
    message m;
    open_pair(pair);
    assert_int_equal(pipe(pipe_of), 0);
    buffer_init(&body, 100);
    assert_ok(channel_send(pair[0], MESSAGE_REQUEST, VIEW("words"), pipe_of[1], &err));
    assert_ok(channel_receive(pair[1], 10000, &body, &m, &got, &err));
    assert_int_equal(m.kind, MESSAGE_REQUEST);
    assert_true(view_equal(m.body, VIEW("words")));
    assert_int_equal(write(got, "x", 1), 1);
    char byte = 0;
    assert_int_equal(read(pipe_of[0], &byte, 1), 1);
    (void)close(got);
    // A descriptor that nobody wants is an error, and closed.
    assert_ok(channel_send(pair[0], MESSAGE_LINE, VIEW("words"), pipe_of[1], &err));
    assert_status(KITH_ERR_FORMAT, channel_receive(pair[1], 10000, &body, &m, NULL, &err));
    (void)close(pipe_of[0]);
    (void)close(pipe_of[1]);
    buffer_done(&body);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void each_failure_of_a_message_has_its_status(void **state)
{
    (void)state;
    static const struct {
        view sent;
        kith_status status;
    } cases[] = {
        {{"\2\0\0\0\145\0\0\0", 8}, KITH_ERR_LIMIT}, // 101 bytes into 100
        {{"\2\0\0\0\377\377\377\377", 8}, KITH_ERR_LIMIT},
        {{"\0\0\0\0\0\0\0\0", 8}, KITH_ERR_FORMAT},
        {{"\143\0\0\0\0\0\0\0", 8}, KITH_ERR_FORMAT},
        {{"\2\0\0", 3}, KITH_ERR_NETWORK}, // then the other side is gone
        {{"\2\0\0\0\5\0\0\0abc", 11}, KITH_ERR_NETWORK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_error err = {0};
        int pair[2];
        buffer body;
        message m;
        open_pair(pair);
        buffer_init(&body, 100);
        assert_int_equal(write(pair[0], cases[i].sent.data, cases[i].sent.size),
                         cases[i].sent.size);
        (void)close(pair[0]);
        assert_status(cases[i].status, channel_receive(pair[1], 10000, &body, &m, NULL, &err));
        buffer_done(&body);
        (void)close(pair[1]);
    }
}

static void a_slow_or_absent_peer_has_its_status(void **state)
{
    (void)state;
    kith_error err = {0};
    int pair[2];
    buffer body;
    message m;
    open_pair(pair);
    buffer_init(&body, 100);
    assert_status(KITH_ERR_TIMEOUT, channel_receive(pair[1], 1, &body, &m, NULL, &err));
    (void)close(pair[0]);
    assert_status(KITH_ERR_NETWORK, channel_send(pair[1], MESSAGE_OUT, VIEW("x"), -1, &err));
    buffer_done(&body);
    (void)close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_arrives_as_it_was_sent),
        cmocka_unit_test(what_is_cut_or_changed_is_refused_or_whole),
        cmocka_unit_test(more_arguments_than_are_allowed_are_refused),
        cmocka_unit_test(another_version_is_named_beside_this_one),
        cmocka_unit_test(a_message_arrives_with_its_descriptor),
        cmocka_unit_test(each_failure_of_a_message_has_its_status),
        cmocka_unit_test(a_slow_or_absent_peer_has_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
