/* guard.c - see guard.h. */
#include "serve/guard.h"

#include <arpa/inet.h>
#include <stdio.h>

/* Cuts "name:port", "[address]:port" or "name". False: it is none of these. */
static bool split_host(view text, view *name, view *port)
{
    bool brackets = text.size > 0 && text.data[0] == '[';
    size_t end = view_find(text, brackets ? VIEW("]") : VIEW(":"));
    if (brackets && end == text.size) return false;
    *name = brackets ? view_slice(text, 1, end) : view_slice(text, 0, end);
    view rest = view_slice(text, brackets ? end + 1 : end, text.size);
    if (rest.size > 0 && rest.data[0] != ':') return false;
    *port = rest.size > 0 ? view_slice(rest, 1, rest.size) : (view){NULL, 0};
    return name->size > 0;
}

static bool is_address(view name, int family, void *out)
{
    char text[INET6_ADDRSTRLEN + 1];
    if (name.size >= sizeof text) return false;
    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return inet_pton(family, text, out) == 1;
}

static bool is_loopback(view name)
{
    struct in_addr four;
    struct in6_addr six;
    if (view_equal_nocase(name, VIEW("localhost"))) return true;
    if (is_address(name, AF_INET, &four)) return (ntohl(four.s_addr) >> 24) == 127;
    return is_address(name, AF_INET6, &six) && IN6_IS_ADDR_LOOPBACK(&six);
}

bool guard_is_loopback(const char *host)
{
    return is_loopback(view_of(host));
}

static bool is_any_address(view host)
{
    struct in_addr four;
    struct in6_addr six;
    if (is_address(host, AF_INET, &four)) return four.s_addr == htonl(INADDR_ANY);
    return is_address(host, AF_INET6, &six) && IN6_IS_ADDR_UNSPECIFIED(&six);
}

static bool is_our_port(const guard *g, view port)
{
    if (port.size == 0) return g->port == 80 || g->port == 443;
    char ours[8];
    int length = snprintf(ours, sizeof ours, "%u", g->port);
    return length > 0 && view_equal(port, (view){ours, (size_t)length});
}

static bool is_allowed(const guard *g, view name, view port)
{
    for (const char *const *allowed = g->allowed; allowed && *allowed; allowed++) {
        view its_name, its_port;
        if (!split_host(view_of(*allowed), &its_name, &its_port)) continue;
        if (view_equal_nocase(its_name, name) && (its_port.size == 0 || view_equal(its_port, port)))
            return true;
    }
    return false;
}

bool guard_host(const guard *g, view host)
{
    view name, port;
    if (!split_host(host, &name, &port)) return false;
    if (is_allowed(g, name, port)) return true;
    if (!g->host || !is_our_port(g, port)) return false;
    if (is_loopback(name) || view_equal_nocase(name, view_of(g->host))) return true;
    struct in6_addr any;
    return is_any_address(view_of(g->host)) &&
           (is_address(name, AF_INET, &any) || is_address(name, AF_INET6, &any));
}

/* Is `origin` the site "http://HOST" or "https://HOST"? */
static bool is_same_site(view origin, view host)
{
    static const view schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (view_starts_with(origin, schemes[i]) &&
            view_equal_nocase(view_slice(origin, schemes[i].size, origin.size), host))
            return true;
    return false;
}

bool guard_names_site(view text)
{
    if (view_equal(text, VIEW("*"))) return true;
    size_t scheme = view_find(text, VIEW("://"));
    if (scheme == 0 || scheme == text.size) return false;
    view host = view_slice(text, scheme + 3, text.size);
    return host.size > 0 && view_find(host, VIEW("/")) == host.size;
}

guard_origin guard_origin_of(const guard *g, view origin, view host)
{
    if (!origin.data || is_same_site(origin, host)) return ORIGIN_OURS;
    for (const char *const *listed = g->origins; listed && *listed; listed++)
        if (strcmp(*listed, "*") == 0 || view_equal(origin, view_of(*listed))) return ORIGIN_LISTED;
    return ORIGIN_FOREIGN;
}
