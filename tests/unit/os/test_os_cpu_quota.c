/* Tests of the CPUs that control groups allow, on directories laid out as the kernel shows them. */
#include "test.h"

#include "os/cpu_quota.h"
#include "os/file.h"
#include "scratch.h"

/* Writes directory/name, and the directories that it needs. */
static void put(const void *directory, const char *name, const char *text)
{
    kith_error err;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)directory, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_ok(directory_create(&file_ops_posix, path, &err));
    *slash = '/';
    assert_ok(file_replace(&file_ops_posix, path, view_of(text), &err));
}

static uint32_t quota(const void *directory)
{
    char membership[1024], root[1024];
    (void)snprintf(membership, sizeof membership, "%s/membership", (const char *)directory);
    (void)snprintf(root, sizeof root, "%s/root", (const char *)directory);
    return cpu_quota(membership, root);
}

static void without_groups_there_is_no_quota(void **state)
{
    assert_int_equal(UINT32_MAX, quota(*state));
    put(*state, "membership", "0::/\n");
    assert_int_equal(UINT32_MAX, quota(*state));
}

static void the_quota_of_the_own_group_is_rounded_up(void **state)
{
    put(*state, "membership", "0::/system.slice/kith.service\n");
    put(*state, "root/system.slice/kith.service/cpu.max", "150000 100000\n");
    assert_int_equal(2, quota(*state));
    put(*state, "root/system.slice/kith.service/cpu.max", "100000 100000\n");
    assert_int_equal(1, quota(*state));
    put(*state, "root/system.slice/kith.service/cpu.max", "1000 100000\n");
    assert_int_equal(1, quota(*state));
    put(*state, "root/system.slice/kith.service/cpu.max", "max 100000\n");
    assert_int_equal(UINT32_MAX, quota(*state));
}

static void the_least_of_all_groups_around_counts(void **state)
{
    put(*state, "membership", "0::/pods/one/main\n");
    put(*state, "root/pods/one/main/cpu.max", "800000 100000\n");
    put(*state, "root/pods/one/cpu.max", "300000 100000\n");
    put(*state, "root/pods/cpu.max", "max 100000\n");
    assert_int_equal(3, quota(*state));
    put(*state, "root/pods/cpu.max", "200000 100000\n");
    assert_int_equal(2, quota(*state));
    put(*state, "root/pods/two/cpu.max", "100000 100000\n"); // of others
    assert_int_equal(2, quota(*state));
}

static void a_container_whose_group_is_shown_as_the_root_has_its_quota(void **state)
{
    put(*state, "root/cpu.max", "400000 100000\n");
    assert_int_equal(4, quota(*state)); // membership cannot be read
    put(*state, "membership", "0::/docker/3f5a\n");
    assert_int_equal(4, quota(*state)); // there is no such path inside
    put(*state, "membership", "0::/../other\n");
    put(*state, "other/cpu.max", "100000 100000\n");
    assert_int_equal(4, quota(*state)); // what lies outside is none of its groups
}

static void groups_of_version_one_are_those_of_their_controller(void **state)
{
    put(*state, "membership",
        "4:memory:/kith\n3:cpuset:/kith\n2:cpuacct,cpu:/kith\n1:name=systemd:/kith\n0::/\n");
    put(*state, "root/cpu/kith/cpu.cfs_quota_us", "-1\n");
    put(*state, "root/cpu/kith/cpu.cfs_period_us", "100000\n");
    assert_int_equal(UINT32_MAX, quota(*state));
    put(*state, "root/cpu/kith/cpu.cfs_quota_us", "250000\n");
    assert_int_equal(3, quota(*state));
    put(*state, "membership", "2:cpuacct:/kith\n3:cpuset:/kith\n");
    assert_int_equal(UINT32_MAX, quota(*state));
    put(*state, "root/cpu/cpu.cfs_quota_us", "500000\n");
    put(*state, "root/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(5, quota(*state));
}

static void lines_that_are_none_are_passed_over(void **state)
{
    char line[6000];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line, "0::/", 4);
    put(*state, "membership", line);
    assert_int_equal(UINT32_MAX, quota(*state));
    put(*state, "membership", "\n:\n0:\n::\ncpu\n0::/kith");
    put(*state, "root/kith/cpu.max", "200000 100000\n");
    assert_int_equal(2, quota(*state));
    put(*state, "root/kith/cpu.max", "9223372036854775807 1\n");
    assert_int_equal(UINT32_MAX, quota(*state));
    put(*state, "root/kith/cpu.max", "100000 0\n");
    assert_int_equal(UINT32_MAX, quota(*state));
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(without_groups_there_is_no_quota),
        scratch_test(the_quota_of_the_own_group_is_rounded_up),
        scratch_test(the_least_of_all_groups_around_counts),
        scratch_test(a_container_whose_group_is_shown_as_the_root_has_its_quota),
        scratch_test(groups_of_version_one_are_those_of_their_controller),
        scratch_test(lines_that_are_none_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
