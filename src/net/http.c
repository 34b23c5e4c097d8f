/* http.c - one request over libcurl's multi interface, driven by the thread that asks.
 *
 * Why multi for a single transfer: the loop is ours, so that the idle and the total time hold to
 * the millisecond in every phase; curl_easy_perform looks at its clocks about once a second.
 *
 * Why a connection for each request: a stream that is ended early must never leave its rest to the
 * next request, and no state is shared between threads.
 *
 * Time. Three clocks run: libcurl's own until the connection stands (connect_ms), ours since a byte
 * last moved in either direction (idle_ms), and ours since the start (total_ms). The loop never
 * waits longer than what is left of the shorter of the last two, nor than LONGEST_WAIT_MS. Bytes
 * are counted by libcurl's totals, heads included: a far side that sends a byte now and then is not
 * silent, and only the total time ends it.
 *
 * Size. Heads are counted over all redirects together. A body that announces its length is refused
 * before it is read, one that does not when it passes the limit. Compression is not asked for, so
 * the bytes counted are the bytes sent, and nothing can expand.
 *
 * Redirects. libcurl follows them, within set_bounds(): at most MAX_REDIRECTS, never from https to
 * http, no user name in the new URL. on_open_socket() refuses a link-local address once there was a
 * redirect: on cloud machines that is where credentials are handed out, and an endpoint must not
 * make us fetch them. It looks at the address and not at the name, which could resolve to anything.
 * An address of this machine or of its network is refused where the first one was public: a page of
 * the web must not show us what only insiders reach. One of either kind that the user wrote himself is
 * used. For a request with a body on_open_socket() refuses every origin but the first one, before anything is sent there. That holds because a connection
 * only ever carries requests of one origin: whatever libcurl might reuse, a hop to another scheme,
 * host or port needs a socket of its own. */
#include "net/http.h"

#include "net/address_kind.h"
#include "net/curl_library.h"
#include "os/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
    CONNECT_TIMEOUT_MS = 10 * 1000,
    IDLE_TIMEOUT_MS = 60 * 1000,
    TOTAL_TIMEOUT_MS = 300 * 1000,
    MAX_RESPONSE_BYTES = 64 << 20,
    MAX_HEAD_BYTES = 256 << 10,
    MAX_URL_BYTES = 8 << 10,
    MAX_REDIRECTS = 5,
    MAX_HOST_BYTES = 255, // DNS has no longer name
    ORIGIN_BYTES = MAX_HOST_BYTES + sizeof "https://:65535",
    LONGEST_WAIT_MS = 1000,
    LIMIT_CHECK_MS = 50, /* longest wait of a request that its caller may stop */
    NS_PER_MS = 1000 * 1000
};

typedef struct transfer {
    const http_request *request;
    http_response *response;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    uint32_t connect_ms, idle_ms, total_ms;
    size_t max_bytes;
    char origin[ORIGIN_BYTES];  /* scheme://host:port of the request's URL */
    char refused[ORIGIN_BYTES]; /* that of a redirect which was not followed with the body, or "" */
    bool is_https;
    char detail[CURL_ERROR_SIZE];
    size_t head_bytes, body_bytes;
    const char *oversized;       /* what grew past its limit, or NULL */
    kith_status stopped;         /* what on_body ended the request with */
    bool began_outside;          /* the request's own URL led to a public address */
    const char *address_refused; /* whose address a redirect led to, and must not; or NULL */
    int64_t begun_ns, heard_ns;  /* start, and when bytes last moved */
    curl_off_t moved;            /* bytes, up and down */
} transfer;

/* All three are written once, before pthread_once returns. */
static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static curl_library curl;
static kith_status curl_ready = KITH_ERR_INTERNAL;
static kith_error curl_failure;

static void prepare_curl(void)
{
    curl_ready = curl_library_open(CURL_LIBRARY_NAME, &curl, &curl_failure);
    if (curl_ready != KITH_OK) return;
    CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK)
        curl_ready = fail(&curl_failure, KITH_ERR_INTERNAL, "libcurl cannot start: %s",
                          curl.easy_strerror(code));
}

/* ---- what is asked ---- */

static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7F) return true;
    return false;
}

static bool is_acceptable_url(const char *url)
{
    size_t length = strnlen(url, MAX_URL_BYTES + 1);
    return length > 0 && length <= MAX_URL_BYTES && !strpbrk(url, " \t") &&
           !has_control_character(url);
}

/* Writes scheme://host:port of `text` to `out`, in lower case, so that equal origins are equal
 * strings. `flags` as of curl.url_set(). A host of more than MAX_HOST_BYTES is CURLUE_BAD_HOSTNAME
 * rather than cut off, which could make two hosts look the same. */
static CURLUcode read_origin(const char *text, unsigned flags, char out[ORIGIN_BYTES])
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    CURLU *url = curl.url();
    if (!url) return CURLUE_OUT_OF_MEMORY;
    CURLUcode code = curl.url_set(url, CURLUPART_URL, text, flags);
    if (code == CURLUE_OK) code = curl.url_get(url, CURLUPART_SCHEME, &scheme, 0);
    if (code == CURLUE_OK) code = curl.url_get(url, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK) code = curl.url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (code == CURLUE_OK) {
        int length = snprintf(out, ORIGIN_BYTES, "%s://%s:%s", scheme, host, port);
        if (length < 0 || length >= ORIGIN_BYTES) code = CURLUE_BAD_HOSTNAME;
        for (char *c = out; *c; c++)
            if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    }
    curl.free(port);
    curl.free(host);
    curl.free(scheme);
    curl.url_cleanup(url);
    return code;
}

/* Fills is_https and origin. The URL itself stays out of messages: it may hold a secret. */
static kith_status check_url(transfer *t, kith_error *err)
{
    if (!is_acceptable_url(t->request->url))
        return fail(err, KITH_ERR_INVALID,
                    "the URL is empty, holds a space or a control character, or is longer than %d "
                    "bytes",
                    MAX_URL_BYTES);
    CURLUcode code = read_origin(t->request->url, CURLU_DISALLOW_USER, t->origin);
    if (code == CURLUE_OUT_OF_MEMORY)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a URL");
    if (code != CURLUE_OK)
        return fail(err, KITH_ERR_INVALID, "the URL is not acceptable: %s",
                    curl.url_strerror(code));
    t->is_https = strncmp(t->origin, "https:", 6) == 0;
    if (!t->is_https && strncmp(t->origin, "http:", 5) != 0)
        return fail(err, KITH_ERR_INVALID, "the URL begins with neither https:// nor http://");
    return KITH_OK;
}

static bool append_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl.slist_append(*list, header);
    if (longer) *list = longer;
    return longer != NULL;
}

static kith_status gather_headers(transfer *t, kith_error *err)
{
    // Without this a long POST waits a second for "100 Continue" from servers that never send it.
    bool fits = append_header(&t->headers, "Expect:");
    for (const char *const *h = t->request->headers; h && *h; h++) {
        size_t name = strcspn(*h, ":");
        if (name == 0 || (*h)[name] != ':' || strcspn(*h, " \t;") < name ||
            has_control_character(*h))
            return fail(err, KITH_ERR_INVALID,
                        "a request header is not 'Name: value' or holds a control character");
        fits = fits && append_header(&t->headers, *h);
    }
    return fits ? KITH_OK : fail(err, KITH_ERR_NO_MEMORY, "out of memory for request headers");
}

/* ---- what comes back ---- */

static void read_head(transfer *t)
{
    long status = 0;
    const char *type = NULL;
    (void)curl.easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl.easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    t->response->status = (int)status;
    (void)snprintf(t->response->content_type, sizeof t->response->content_type, "%s",
                   type ? type : "");
}

static size_t on_head_bytes(char *bytes, size_t one, size_t count, void *context)
{
    (void)bytes;
    transfer *t = context;
    size_t size = one * count; // libcurl: `one` is always 1
    if (size > MAX_HEAD_BYTES - t->head_bytes) {
        t->oversized = "head";
        return CURL_WRITEFUNC_ERROR;
    }
    t->head_bytes += size;
    return size;
}

static size_t on_body_bytes(char *bytes, size_t one, size_t count, void *context)
{
    transfer *t = context;
    view piece = {bytes, one * count};
    if (piece.size > t->max_bytes - t->body_bytes) {
        t->oversized = "body";
        return CURL_WRITEFUNC_ERROR;
    }
    if (t->body_bytes == 0) read_head(t);
    t->body_bytes += piece.size;
    if (t->request->on_body && t->response->status / 100 == 2) {
        t->stopped = t->request->on_body(t->request->context, piece);
        return t->stopped == KITH_OK ? piece.size : CURL_WRITEFUNC_ERROR;
    }
    buffer_append(&t->response->body, piece);
    return t->response->body.failed == KITH_OK ? piece.size : CURL_WRITEFUNC_ERROR;
}

/* Whether libcurl is about to send what may not leave, a body or a token, to another origin than
 * the caller named. A URL that cannot be read counts as another origin. */
static bool would_leave(transfer *t)
{
    const char *next = NULL;
    if (t->request->body.size == 0 && !t->request->stays_at_origin) return false;
    (void)curl.easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &next);
    if (next && read_origin(next, 0, t->refused) == CURLUE_OK) {
        if (strcmp(t->refused, t->origin) != 0) return true;
        t->refused[0] = '\0';
        return false;
    }
    (void)snprintf(t->refused, sizeof t->refused, "%s", "an unreadable URL");
    return true;
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    (void)purpose;
    transfer *t = context;
    long redirects = 0;
    (void)curl.easy_getinfo(t->easy, CURLINFO_REDIRECT_COUNT, &redirects);
    address_kind kind = address_kind_of(&address->addr);
    if (redirects == 0 && kind == ADDRESS_PUBLIC) t->began_outside = true;
    if (redirects > 0 &&
        (kind == ADDRESS_LINK_LOCAL || (kind == ADDRESS_INSIDE && t->began_outside))) {
        t->address_refused = kind == ADDRESS_LINK_LOCAL
                                 ? "a link-local address"
                                 : "an address of this machine or its network";
        return CURL_SOCKET_BAD;
    }
    if (redirects > 0 && would_leave(t)) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- setting up ---- */

static unsigned set_request(transfer *t)
{
    const http_request *request = t->request;
    CURL *easy = t->easy;
    unsigned failed = 0;
    failed |= curl.easy_setopt(easy, CURLOPT_URL, request->url);
    failed |= curl.easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    failed |= curl.easy_setopt(easy, CURLOPT_USERAGENT, "kith");
    failed |= curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)t->connect_ms);
    if (strcmp(request->method, "POST") == 0) {
        // Without a body pointer libcurl would read the body from standard input.
        failed |= curl.easy_setopt(easy, CURLOPT_POSTFIELDS,
                                   request->body.data ? request->body.data : "");
        failed |=
            curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
    }
    return failed;
}

static unsigned set_bounds(transfer *t)
{
    CURL *easy = t->easy;
    const char *next = t->is_https ? "https" : "http,https";
    unsigned failed = 0;
    failed |= curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    failed |= curl.easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, next);
    failed |= curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    failed |= curl.easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
    failed |= curl.easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    failed |= curl.easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
    failed |= curl.easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    failed |= curl.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->max_bytes);
    failed |= curl.easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (t->request->authorities_file)
        failed |= curl.easy_setopt(easy, CURLOPT_CAINFO, t->request->authorities_file);
    failed |= curl.easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    // An empty proxy is none, and the environment's is not looked up.
    failed |= curl.easy_setopt(easy, CURLOPT_PROXY, "");
    failed |= curl.easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    failed |= curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A name that does not resolve must not hold the caller beyond its deadline: the resolver's
    // thread is left to end by itself rather than joined.
    failed |= curl.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return failed;
}

static unsigned set_callbacks(transfer *t)
{
    CURL *easy = t->easy;
    unsigned failed = 0;
    failed |= curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
    failed |= curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head_bytes);
    failed |= curl.easy_setopt(easy, CURLOPT_HEADERDATA, t);
    failed |= curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body_bytes);
    failed |= curl.easy_setopt(easy, CURLOPT_WRITEDATA, t);
    failed |= curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    failed |= curl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    return failed;
}

static kith_status transfer_begin(transfer *t, kith_error *err)
{
    if (strcmp(t->request->method, "GET") != 0 && strcmp(t->request->method, "POST") != 0)
        return fail(err, KITH_ERR_INVALID, "HTTP method '%.16s' is neither GET nor POST",
                    t->request->method);
    kith_status status = check_url(t, err);
    if (status == KITH_OK) status = gather_headers(t, err);
    if (status != KITH_OK) return status;
    t->easy = curl.easy_init();
    t->multi = curl.multi_init();
    if (!t->easy || !t->multi || set_request(t) || set_bounds(t) || set_callbacks(t) ||
        curl.multi_add_handle(t->multi, t->easy) != CURLM_OK)
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a request to %s", t->origin);
    return KITH_OK;
}

static void transfer_end(transfer *t)
{
    if (t->multi && t->easy) (void)curl.multi_remove_handle(t->multi, t->easy);
    curl.easy_cleanup(t->easy);
    (void)curl.multi_cleanup(t->multi);
    curl.slist_free_all(t->headers);
}

/* ---- running ---- */

static curl_off_t bytes_moved(const transfer *t)
{
    curl_off_t down = 0, up = 0;
    long head = 0, asked = 0;
    (void)curl.easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    (void)curl.easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &up);
    (void)curl.easy_getinfo(t->easy, CURLINFO_HEADER_SIZE, &head);
    (void)curl.easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &asked);
    return down + up + head + asked;
}

/* *wait_ms is how long to wait for the next byte. Fails with KITH_ERR_TIMEOUT when a clock of ours
 * has run out, and as the request's limit says. */
static kith_status check_clocks(transfer *t, int *wait_ms, kith_error *err)
{
    kith_status status = call_limit_check(t->request->limit, err);
    if (status != KITH_OK) return status;
    int64_t now = clock_monotonic_ns();
    curl_off_t moved = bytes_moved(t);
    if (moved != t->moved) {
        t->moved = moved;
        t->heard_ns = now;
    }
    int64_t total_left = t->begun_ns + (int64_t)t->total_ms * NS_PER_MS - now;
    int64_t idle_left = t->heard_ns + (int64_t)t->idle_ms * NS_PER_MS - now;
    if (total_left <= 0)
        return fail(err, KITH_ERR_TIMEOUT, "%s has not answered in full within %u ms", t->origin,
                    t->total_ms);
    if (idle_left <= 0)
        return fail(err, KITH_ERR_TIMEOUT, "%s was silent for %u ms", t->origin, t->idle_ms);
    int64_t left_ms = (total_left < idle_left ? total_left : idle_left) / NS_PER_MS + 1;
    int64_t longest = t->request->limit ? LIMIT_CHECK_MS : LONGEST_WAIT_MS;
    *wait_ms = (int)(left_ms < longest ? left_ms : longest);
    return KITH_OK;
}

static kith_status failure_of_stop(const transfer *t, kith_error *err)
{
    if (t->stopped != KITH_OK) return t->stopped;
    if (t->oversized)
        return fail(err, KITH_ERR_LIMIT, "the %s of the answer from %s is larger than %zu bytes",
                    t->oversized, t->origin,
                    strcmp(t->oversized, "head") == 0 ? (size_t)MAX_HEAD_BYTES : t->max_bytes);
    return buffer_status(&t->response->body, "the answer", err);
}

static kith_status failure_of_connect(const transfer *t, kith_error *err)
{
    long error = 0;
    char text[64];
    if (t->address_refused)
        return fail(err, KITH_ERR_REMOTE, "%s redirects to %s", t->origin, t->address_refused);
    if (t->refused[0])
        return fail(err, KITH_ERR_REMOTE,
                    "%s redirects to %s; a request with a %s is not repeated to another origin",
                    t->origin, t->refused, t->request->body.size ? "body" : "token");
    (void)curl.easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
    t->response->is_refused = error == ECONNREFUSED;
    return fail(err, KITH_ERR_NETWORK, "cannot connect to %s: %s", t->origin,
                error ? strerror_r((int)error, text, sizeof text) : t->detail);
}

static kith_status failure_of_curl(const transfer *t, CURLcode code, kith_error *err)
{
    const char *why = t->detail[0] ? t->detail : curl.easy_strerror(code);
    switch (code) {
    case CURLE_OK:
        return KITH_OK;
    case CURLE_WRITE_ERROR:
        return failure_of_stop(t, err);
    case CURLE_FILESIZE_EXCEEDED:
        return fail(err, KITH_ERR_LIMIT, "the answer from %s is larger than %zu bytes", t->origin,
                    t->max_bytes);
    case CURLE_OPERATION_TIMEDOUT:
        return fail(err, KITH_ERR_TIMEOUT, "no connection to %s within %u ms", t->origin,
                    t->connect_ms);
    case CURLE_OUT_OF_MEMORY:
        return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a request to %s", t->origin);
    case CURLE_TOO_MANY_REDIRECTS:
        return fail(err, KITH_ERR_REMOTE, "%s redirects more than %d times", t->origin,
                    MAX_REDIRECTS);
    case CURLE_UNSUPPORTED_PROTOCOL: // a redirect's scheme, or an answer without a status line
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_URL_MALFORMAT: // a redirect's: ours was checked
    case CURLE_LOGIN_DENIED:  // a redirect with a user name
        return fail(err, KITH_ERR_REMOTE, "%s: %s", t->origin, why);
    case CURLE_COULDNT_CONNECT:
        return failure_of_connect(t, err);
    default:
        return fail(err, KITH_ERR_NETWORK, "%s: %s", t->origin, why);
    }
}

static kith_status transfer_run(transfer *t, kith_error *err)
{
    int running = 1;
    t->begun_ns = t->heard_ns = clock_monotonic_ns();
    for (;;) {
        CURLMcode code = curl.multi_perform(t->multi, &running);
        if (code == CURLM_OK && running == 0) break;
        int wait_ms = 0;
        kith_status status = check_clocks(t, &wait_ms, err);
        if (status != KITH_OK) return status;
        if (code == CURLM_OK) code = curl.multi_poll(t->multi, NULL, 0, wait_ms, NULL);
        if (code == CURLM_OUT_OF_MEMORY)
            return fail(err, KITH_ERR_NO_MEMORY, "out of memory for a request to %s", t->origin);
        if (code != CURLM_OK)
            return fail(err, KITH_ERR_NETWORK, "%s: %s", t->origin, curl.multi_strerror(code));
    }
    int left = 0;
    const CURLMsg *message = curl.multi_info_read(t->multi, &left);
    CHECK(message && message->msg == CURLMSG_DONE);
    return failure_of_curl(t, message->data.result, err);
}

static int64_t retry_after_ms(CURL *easy)
{
    curl_off_t seconds = 0; // a date is turned into seconds by libcurl; no header gives 0
    (void)curl.easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0) return -1;
    return seconds < INT64_MAX / 1000 ? (int64_t)seconds * 1000 : INT64_MAX;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

kith_status http_send(const http_request *request, http_response *out, kith_error *err)
{
    transfer t = {
        .request = request,
        .response = out,
        .connect_ms = or_default(request->connect_timeout_ms, CONNECT_TIMEOUT_MS),
        .idle_ms = or_default(request->idle_timeout_ms, IDLE_TIMEOUT_MS),
        .total_ms = or_default(request->total_timeout_ms, TOTAL_TIMEOUT_MS),
        .max_bytes = request->max_response_bytes ? request->max_response_bytes : MAX_RESPONSE_BYTES,
    };
    buffer_reset(&out->body);
    out->status = 0;
    out->content_type[0] = '\0';
    out->retry_after_ms = -1;
    out->is_refused = false;
    if (pthread_once(&curl_once, prepare_curl) != 0)
        return fail(err, KITH_ERR_INTERNAL, "libcurl cannot start");
    if (curl_ready != KITH_OK) return fail(err, curl_ready, "%s", curl_failure.message);
    kith_status status = transfer_begin(&t, err);
    if (status == KITH_OK) status = transfer_run(&t, err);
    if (status == KITH_OK) {
        read_head(&t);
        out->retry_after_ms = retry_after_ms(t.easy);
    }
    transfer_end(&t);
    return status;
}

void http_response_init(http_response *r, size_t max_body_bytes)
{
    *r = (http_response){.retry_after_ms = -1};
    buffer_init(&r->body, max_body_bytes);
}

void http_response_done(http_response *r)
{
    buffer_done(&r->body);
}
