/* To whom an address belongs; beside Python's ipaddress, whose is_private and is_link_local were asked for the
 * same addresses. */
#include "test.h"

#include "net/address_kind.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static address_kind kind_of(const char *text)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_kind_of((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_kind_of((const struct sockaddr *)&v6);
}

static void each_network_begins_and_ends_where_it_should(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        address_kind kind;
    } CASES[] = {
        {"0.0.0.0", ADDRESS_INSIDE},
        {"0.255.255.255", ADDRESS_INSIDE},
        {"1.0.0.0", ADDRESS_PUBLIC},
        {"9.255.255.255", ADDRESS_PUBLIC},
        {"10.0.0.0", ADDRESS_INSIDE},
        {"10.255.255.255", ADDRESS_INSIDE},
        {"11.0.0.0", ADDRESS_PUBLIC},
        {"100.63.255.255", ADDRESS_PUBLIC},
        {"100.64.0.0", ADDRESS_INSIDE},
        {"100.127.255.255", ADDRESS_INSIDE},
        {"100.128.0.0", ADDRESS_PUBLIC},
        {"126.255.255.255", ADDRESS_PUBLIC},
        {"127.0.0.1", ADDRESS_INSIDE},
        {"127.255.255.255", ADDRESS_INSIDE},
        {"128.0.0.0", ADDRESS_PUBLIC},
        {"169.253.255.255", ADDRESS_PUBLIC},
        {"169.254.0.0", ADDRESS_LINK_LOCAL},
        {"169.254.169.254", ADDRESS_LINK_LOCAL},
        {"169.255.0.0", ADDRESS_PUBLIC},
        {"172.15.255.255", ADDRESS_PUBLIC},
        {"172.16.0.0", ADDRESS_INSIDE},
        {"172.31.255.255", ADDRESS_INSIDE},
        {"172.32.0.0", ADDRESS_PUBLIC},
        {"192.167.255.255", ADDRESS_PUBLIC},
        {"192.168.0.0", ADDRESS_INSIDE},
        {"192.168.255.255", ADDRESS_INSIDE},
        {"192.169.0.0", ADDRESS_PUBLIC},
        {"203.0.113.5", ADDRESS_PUBLIC},
        {"::", ADDRESS_INSIDE},
        {"::1", ADDRESS_INSIDE},
        {"::2", ADDRESS_PUBLIC},
        {"::ffff:127.0.0.1", ADDRESS_INSIDE},
        {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
        {"::ffff:169.254.1.1", ADDRESS_LINK_LOCAL},
        {"64:ff9b::10.0.0.1", ADDRESS_INSIDE},
        {"64:ff9b::8.8.8.8", ADDRESS_PUBLIC},
        {"64:ff9b::169.254.169.254", ADDRESS_LINK_LOCAL},
        {"64:ff9b:0:1::10.0.0.1", ADDRESS_PUBLIC}, // another prefix
        {"64:ff9b:1::8.8.8.8", ADDRESS_INSIDE},
        {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", ADDRESS_INSIDE},
        {"64:ff9b:2::", ADDRESS_PUBLIC},
        {"2001:ffff::", ADDRESS_PUBLIC},
        {"2002:a00:1::", ADDRESS_INSIDE},           // 10.0.0.1
        {"2002:c0a8:101::1", ADDRESS_INSIDE},       // 192.168.1.1
        {"2002:7f00:1:ffff::ffff", ADDRESS_INSIDE}, // 127.0.0.1
        {"2002:a9fe:a9fe::1", ADDRESS_LINK_LOCAL},  // 169.254.169.254
        {"2002:808:808::a00:1", ADDRESS_PUBLIC},    // 8.8.8.8
        {"2003::", ADDRESS_PUBLIC},
        {"fc00::", ADDRESS_INSIDE},
        {"fdff::1", ADDRESS_INSIDE},
        {"fe80::1", ADDRESS_LINK_LOCAL},
        {"febf::1", ADDRESS_LINK_LOCAL},
        {"fec0::1", ADDRESS_INSIDE},
        {"2001:4860:4860::8888", ADDRESS_PUBLIC},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        if (kind_of(CASES[i].text) != CASES[i].kind)
            fail_msg("%s is %d", CASES[i].text, kind_of(CASES[i].text));
}

static void another_family_is_none_of_the_web(void **state)
{
    (void)state;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(address_kind_of((const struct sockaddr *)&local), ADDRESS_INSIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_network_begins_and_ends_where_it_should),
        cmocka_unit_test(another_family_is_none_of_the_web),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
