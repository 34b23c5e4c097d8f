/* address_kind.c - a table of networks for each family. */
#include "net/address_kind.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct network4 {
    uint32_t address;
    uint32_t bits; /* of the prefix */
    address_kind kind;
} network4;

static address_kind kind_of_v4(uint32_t address)
{
    static const network4 NETWORKS[] = {
        {0x00000000, 8, ADDRESS_INSIDE},      // 0.0.0.0/8, "this network": reaches this machine
        {0x0A000000, 8, ADDRESS_INSIDE},      // 10.0.0.0/8
        {0x64400000, 10, ADDRESS_INSIDE},     // 100.64.0.0/10, behind a provider's translation
        {0x7F000000, 8, ADDRESS_INSIDE},      // 127.0.0.0/8
        {0xA9FE0000, 16, ADDRESS_LINK_LOCAL}, // 169.254.0.0/16
        {0xAC100000, 12, ADDRESS_INSIDE},     // 172.16.0.0/12
        {0xC0A80000, 16, ADDRESS_INSIDE},     // 192.168.0.0/16
    };
    for (size_t i = 0; i < sizeof NETWORKS / sizeof NETWORKS[0]; i++)
        if ((address ^ NETWORKS[i].address) >> (32 - NETWORKS[i].bits) == 0)
            return NETWORKS[i].kind;
    return ADDRESS_PUBLIC;
}

static address_kind kind_of_embedded(const unsigned char bytes[4])
{
    uint32_t v4;
    memcpy(&v4, bytes, sizeof v4);
    return kind_of_v4(ntohl(v4));
}

static address_kind kind_of_v6(const unsigned char v6[16])
{
    static const unsigned char MAPPED[12] = {[10] = 0xFF, [11] = 0xFF};   // ::ffff:0:0/96
    static const unsigned char TRANSLATED[12] = {0x00, 0x64, 0xFF, 0x9B}; // 64:ff9b::/96
    static const unsigned char TRANSLATED_HERE[6] = {0x00, 0x64, 0xFF,
                                                     0x9B, 0x00, 0x01}; // 64:ff9b:1::/48
    static const unsigned char OWN[15] = {0};                           // :: and ::1
    if (memcmp(v6, MAPPED, sizeof MAPPED) == 0 || memcmp(v6, TRANSLATED, sizeof TRANSLATED) == 0)
        return kind_of_embedded(v6 + 12);
    if (v6[0] == 0x20 && v6[1] == 0x02) return kind_of_embedded(v6 + 2); // 2002::/16, 6to4
    if (memcmp(v6, TRANSLATED_HERE, sizeof TRANSLATED_HERE) == 0) return ADDRESS_INSIDE;
    if (memcmp(v6, OWN, sizeof OWN) == 0 && v6[15] <= 1) return ADDRESS_INSIDE;
    if ((v6[0] & 0xFE) == 0xFC) return ADDRESS_INSIDE;                  // fc00::/7
    if (v6[0] == 0xFE && (v6[1] & 0xC0) == 0xC0) return ADDRESS_INSIDE; // fec0::/10
    return v6[0] == 0xFE && (v6[1] & 0xC0) == 0x80 ? ADDRESS_LINK_LOCAL : ADDRESS_PUBLIC;
}

address_kind address_kind_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return kind_of_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return kind_of_v6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return ADDRESS_INSIDE;
}
