/* address_kind.h - whom a network address belongs to, as far as the address itself says. */
#ifndef KITH_NET_ADDRESS_KIND_H
#define KITH_NET_ADDRESS_KIND_H

#include <sys/socket.h>

typedef enum address_kind {
    ADDRESS_PUBLIC, /* anybody's, as far as is known */
    ADDRESS_INSIDE, /* this machine's (loopback) or its own network's (private use, shared space) */
    ADDRESS_LINK_LOCAL /* of the link alone: on cloud machines where credentials are handed out */
} address_kind;

/* The kind of an address of IPv4 or IPv6; of IPv6 those that lead to one of IPv4 (mapped, translated
 * by 64:ff9b::/96, 6to4) are that one's. Where in 64:ff9b:1::/48 it stands is its network's choice, and
 * whom that reaches is inside: ADDRESS_INSIDE, as are other families. Pure.
 * Source: RFC 6890, RFC 6052, RFC 8215, RFC 3056. */
address_kind address_kind_of(const struct sockaddr *address);

#endif
