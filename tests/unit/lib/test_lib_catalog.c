/* Tenants, databases and collections through the public interface: what is isolated from what, how
 * a collection is found, and what is refused. */
#include "test.h"

#include "scratch.h"

#include <kith/budget.h>
#include <kith/catalog.h>
#include <kith/operation.h>
#include <pthread.h>

static kith *open_database(const char *directory)
{
    kith_error err = {0};
    kith *k = NULL;
    assert_ok(kith_open(directory, NULL, &k, &err));
    return k;
}

static void close_database(kith *k)
{
    kith_error err = {0};
    assert_ok(kith_close(k, &err));
}

/* A handle on database "d" of the tenant, both made when they are missing. */
static kith *use(kith *k, const char *tenant)
{
    kith_error err = {0};
    kith *used = NULL;
    kith_status status = kith_tenant_create(k, tenant, &err);
    assert_true(status == KITH_OK || status == KITH_ERR_EXISTS);
    status = kith_database_create(k, tenant, "d", &err);
    assert_true(status == KITH_OK || status == KITH_ERR_EXISTS);
    assert_ok(kith_use_database(k, tenant, "d", &used, &err));
    return used;
}

static void put(kith *k, const char *collection, const char *id)
{
    kith_error err = {0};
    const float v[] = {1, 2};
    const kith_point p = {.id = id, .vector = v, .dimension = 2};
    assert_ok(kith_put(k, collection, KITH_ADD, &p, 1, &err));
}

/* The id of the one point that the collection has. */
static void assert_has(kith *k, const char *collection, const char *id)
{
    kith_error err = {0};
    kith_records *records = NULL;
    assert_ok(kith_get(k, collection, NULL, &records, &err));
    assert_int_equal(records->count, 1);
    assert_string_equal(records->records[0].id, id);
    kith_records_free(records);
}

static kith_collection_info *describe(kith *k, const char *name, kith_collection_infos **owner)
{
    kith_error err = {0};
    assert_ok(kith_collection_describe(k, name, NULL, owner, &err));
    assert_int_equal((*owner)->count, 1);
    return (kith_collection_info *)(uintptr_t) & (*owner)->collections[0];
}

static void two_databases_have_collections_of_one_name(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state), *a = use(k, "a"), *b = use(k, "b");
    assert_ok(kith_collection_create(k, "notes", NULL, &err));
    assert_ok(kith_collection_create(a, "notes", NULL, &err));
    assert_ok(kith_collection_create(b, "notes", NULL, &err));
    put(k, "notes", "of default");
    put(a, "notes", "of a");
    put(b, "notes", "of b");
    assert_has(k, "notes", "of default");
    assert_has(a, "notes", "of a");
    assert_has(b, "notes", "of b");
    assert_ok(kith_collection_delete(a, "notes", &err));
    assert_has(b, "notes", "of b");
    assert_has(k, "notes", "of default");
    close_database(a);
    close_database(b);
    close_database(k);
    k = open_database(*state);
    b = use(k, "b");
    assert_has(b, "notes", "of b");
    close_database(b);
    close_database(k);
}

static void a_collection_is_named_by_its_id_in_its_own_database_only(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state), *a = use(k, "a");
    char address[64];
    kith_collection_infos *infos = NULL;
    assert_ok(kith_collection_create(a, "notes", NULL, &err));
    put(a, "notes", "p");
    kith_collection_info *info = describe(a, "notes", &infos);
    assert_string_equal(info->tenant, "a");
    assert_string_equal(info->database, "d");
    (void)snprintf(address, sizeof address, "uuid:%s", info->id);
    assert_has(a, address, "p");
    kith_records *records = NULL;
    assert_status(KITH_ERR_NOT_FOUND, kith_get(k, address, NULL, &records, &err));
    assert_status(KITH_ERR_INVALID, kith_get(a, "uuid:nonsense", NULL, &records, &err));
    assert_status(KITH_ERR_INVALID, kith_collection_create(a, address, NULL, &err));
    assert_ok(kith_collection_delete(a, address, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_get(a, "notes", NULL, &records, &err));
    kith_collection_infos_free(infos);
    close_database(a);
    close_database(k);
}

static void a_rename_is_seen_by_open_handles(void **state)
{
    kith_error err = {0};
    kith *here = open_database(*state), *there = open_database(*state);
    const kith_collection_changes to_b = {.name = "b"};
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    put(here, "a", "p");
    assert_has(there, "a", "p");
    assert_ok(kith_collection_modify(here, "a", &to_b, &err));
    assert_has(here, "b", "p");
    assert_has(there, "b", "p");
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    put(here, "a", "q");
    assert_has(there, "a", "q"); /* not the collection that had the name before */
    assert_has(there, "b", "p");
    put(there, "a", "r");
    close_database(there);
    close_database(here);
}

/* The other handle still knows "a" as the name of the collection that is "b" now. */
static void a_name_that_changes_hands_is_followed(void **state)
{
    kith_error err = {0};
    kith *here = open_database(*state), *there = open_database(*state);
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    assert_ok(kith_collection_create(here, "b", NULL, &err));
    put(here, "a", "first");
    put(here, "b", "second");
    assert_has(there, "a", "first");
    assert_has(there, "b", "second");
    assert_ok(kith_collection_modify(here, "a", &(kith_collection_changes){.name = "x"}, &err));
    assert_ok(kith_collection_modify(here, "b", &(kith_collection_changes){.name = "a"}, &err));
    assert_ok(kith_collection_modify(here, "x", &(kith_collection_changes){.name = "b"}, &err));
    assert_has(there, "a", "second");
    assert_has(there, "b", "first");
    assert_ok(kith_collection_delete(here, "a", &err));
    kith_records *records = NULL;
    assert_status(KITH_ERR_NOT_FOUND, kith_get(there, "a", NULL, &records, &err));
    assert_has(there, "b", "first");
    close_database(there);
    close_database(here);
}

/* A put goes by the name that was last seen, and the store has the last word on it. */
static void a_put_goes_where_its_name_leads_now(void **state)
{
    kith_error err = {0};
    kith *here = open_database(*state), *there = open_database(*state);
    const float wide[] = {1, 2, 3};
    const kith_point p = {.id = "wide", .vector = wide, .dimension = 3};
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    put(there, "a", "first");
    assert_ok(kith_collection_modify(here, "a", &(kith_collection_changes){.name = "b"}, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_put(there, "a", KITH_ADD, &p, 1, &err));
    assert_has(here, "b", "first");
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    put(there, "a", "second");
    assert_has(here, "a", "second");
    assert_has(here, "b", "first");
    /* Another collection of this name, which takes what the one before refused. */
    assert_ok(kith_collection_delete(here, "a", &err));
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    assert_ok(kith_put(there, "a", KITH_ADD, &p, 1, &err));
    assert_has(here, "a", "wide");
    assert_status(KITH_ERR_EXISTS, kith_put(there, "a", KITH_ADD, &p, 1, &err));
    assert_ok(kith_collection_delete(here, "a", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_put(there, "a", KITH_ADD, &p, 1, &err));
    assert_non_null(strstr(err.message, "'a'"));
    close_database(there);
    close_database(here);
}

/* As above, of a collection that has no dimension yet: a put that leads elsewhere gives it none. */
static void a_put_pins_no_collection_but_its_own(void **state)
{
    kith_error err = {0};
    kith *here = open_database(*state), *there = open_database(*state);
    const float wide[] = {1, 2, 3};
    const kith_point p = {.id = "wide", .vector = wide, .dimension = 3};
    const kith_query any = {.vector = wide, .dimension = 3, .k = 1};
    kith_hits *hits = NULL;
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    assert_ok(kith_search(there, "a", &any, &hits, &err)); /* so that the name stays known */
    kith_hits_free(hits);
    assert_ok(kith_collection_modify(here, "a", &(kith_collection_changes){.name = "b"}, &err));
    assert_ok(kith_collection_create(here, "a", NULL, &err));
    assert_ok(kith_put(there, "a", KITH_ADD, &p, 1, &err));
    assert_has(here, "a", "wide");
    put(here, "b", "narrow");
    assert_has(there, "b", "narrow");
    close_database(there);
    close_database(here);
}

static void metadata_and_configuration_are_kept_and_changed(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state);
    kith_collection_infos *infos = NULL;
    const kith_collection_options options = {.size = sizeof options,
                                             .metric = KITH_SQUARED_L2,
                                             .metadata =
                                                 "{ \"b\": 1, \"gone\": null, \"a\":\"x\" }",
                                             .configuration = "{\"hnsw\": {\"space\": \"l2\"}}"};
    assert_ok(kith_collection_create(k, "c", &options, &err));
    kith_collection_info *info = describe(k, "c", &infos);
    assert_string_equal(info->metadata, "{\"b\":1,\"a\":\"x\"}");
    assert_string_equal(info->configuration, "{\"hnsw\": {\"space\": \"l2\"}}");
    assert_int_equal(info->metric, KITH_SQUARED_L2);
    kith_collection_infos_free(infos);
    assert_ok(
        kith_collection_modify(k, "c", &(kith_collection_changes){.metadata = "{\"n\":2}"}, &err));
    info = describe(k, "c", &infos);
    assert_string_equal(info->metadata, "{\"n\":2}");
    assert_string_equal(info->configuration, "{\"hnsw\": {\"space\": \"l2\"}}");
    kith_collection_infos_free(infos);
    const kith_collection_changes nothing_left = {.metadata = "{}", .configuration = ""};
    assert_ok(kith_collection_modify(k, "c", &nothing_left, &err));
    info = describe(k, "c", &infos);
    assert_null(info->metadata);
    assert_null(info->configuration);
    kith_collection_infos_free(infos);
    close_database(k);
}

static void bad_settings_are_refused_before_anything_is_created(void **state)
{
    static char long_text[KITH_CONFIGURATION_MAX_BYTES + 64];
    const struct {
        kith_status status;
        kith_collection_options options;
    } bad[] = {
        {KITH_ERR_FORMAT, {.metadata = "{"}},
        {KITH_ERR_INVALID, {.metadata = "[1]"}},
        {KITH_ERR_INVALID, {.metadata = "{\"a\":{\"b\":1}}"}},
        {KITH_ERR_FORMAT, {.configuration = "{"}},
        {KITH_ERR_INVALID, {.configuration = "[]"}},
        {KITH_ERR_LIMIT, {.configuration = long_text}},
        {KITH_ERR_INVALID, {.metric = (kith_metric)7}},
        {KITH_ERR_INVALID, {.dimension = KITH_DIMENSION_MAX + 1}},
        {KITH_ERR_INVALID, {.size = 3}},
    };
    kith_error err = {0};
    uint64_t count = 7;
    kith *k = open_database(*state);
    memset(long_text, ' ', sizeof long_text - 1);
    memcpy(long_text, "{}", 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_status(bad[i].status, kith_collection_create(k, "c", &bad[i].options, &err));
    assert_ok(kith_collection_count(k, &count, &err));
    assert_int_equal(count, 0);
    assert_ok(kith_collection_create(k, "c", NULL, &err));
    const kith_collection_changes half = {.name = "d", .metadata = "{"};
    assert_status(KITH_ERR_FORMAT, kith_collection_modify(k, "c", &half, &err));
    const uint64_t limit = 2 * KITH_INDEX_MEMORY_LEAST, little = KITH_INDEX_MEMORY_LEAST - 1;
    const kith_collection_changes hidden = {
        .size = sizeof hidden, .name = ".d", .index_memory = &limit};
    assert_status(KITH_ERR_INVALID, kith_collection_modify(k, "c", &hidden, &err));
    const kith_collection_changes narrow = {
        .size = sizeof narrow, .name = "d", .index_memory = &little};
    assert_status(KITH_ERR_INVALID, kith_collection_modify(k, "c", &narrow, &err));
    assert_ok(kith_collection_create(k, "taken", NULL, &err));
    const kith_collection_changes taken = {
        .size = sizeof taken, .name = "taken", .index_memory = &limit};
    assert_status(KITH_ERR_EXISTS, kith_collection_modify(k, "c", &taken, &err));
    kith_collection_infos *infos = NULL;
    /* still there under its name, without a limit */
    assert_int_equal(describe(k, "c", &infos)->index_memory, 0);
    kith_collection_infos_free(infos);
    close_database(k);
}

static void a_collection_is_created_with_its_limit_of_memory(void **state)
{
    kith_error err = {0};
    uint64_t count = 7;
    kith_collection_infos *infos = NULL;
    kith_collection_info *ensured = NULL;
    kith *k = open_database(*state);
    kith_collection_options options = {.size = sizeof options,
                                       .dimension = 2000,
                                       .index_memory = 2000 * 1024 - 1,
                                       .memory = KITH_MEMORY_COMPACT};
    assert_status(KITH_ERR_INVALID, kith_collection_create(k, "c", &options, &err));
    options.index_memory++;
    options.memory = (kith_memory)2;
    assert_status(KITH_ERR_INVALID, kith_collection_create(k, "c", &options, &err));
    assert_ok(kith_collection_count(k, &count, &err));
    assert_int_equal(count, 0);
    options.memory = KITH_MEMORY_COMPACT;
    options.index_memory = UINT64_MAX; // which no export could say
    assert_status(KITH_ERR_INVALID, kith_collection_create(k, "c", &options, &err));
    options.index_memory = 2000 * 1024;
    assert_ok(kith_collection_create(k, "c", &options, &err));
    assert_ok(kith_collection_ensure(k, "d", &options, NULL, &ensured, &err));
    assert_int_equal(ensured->memory, KITH_MEMORY_COMPACT);
    options.size = 0; // as compiled with the first release's header
    assert_ok(kith_collection_create(k, "e", &options, &err));
    close_database(k);
    k = open_database(*state);
    assert_int_equal(describe(k, "c", &infos)->index_memory, 2000 * 1024);
    assert_int_equal(infos->collections[0].memory, KITH_MEMORY_COMPACT);
    kith_collection_infos_free(infos);
    assert_int_equal(describe(k, "e", &infos)->index_memory, 0);
    assert_int_equal(infos->collections[0].memory, KITH_MEMORY_FULL);
    kith_collection_infos_free(infos);
    kith_collection_info_free(ensured);
    close_database(k);
}

/* A caller with a newer header may pass what this library knows as zero, and nothing else. */
static void a_longer_structure_is_taken_when_its_rest_is_zero(void **state)
{
    struct {
        kith_collection_options known;
        uint64_t unknown;
    } later = {.known = {.size = sizeof later, .dimension = 3}};
    kith_error err = {0};
    kith_collection_infos *infos = NULL;
    kith *k = open_database(*state);
    assert_ok(kith_collection_create(k, "c", &later.known, &err));
    assert_int_equal(describe(k, "c", &infos)->dimension, 3);
    kith_collection_infos_free(infos);
    later.unknown = 1;
    assert_status(KITH_ERR_UNSUPPORTED, kith_collection_create(k, "d", &later.known, &err));
    assert_non_null(strstr(err.message, "kith_collection_options"));
    close_database(k);
}

static void ensure_says_whether_the_collection_is_new(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state);
    kith_collection_info *first = NULL, *second = NULL;
    bool created = false;
    const kith_collection_options options = {.metadata = "{\"a\":1}"}, others = {.metadata = "{}"};
    assert_ok(kith_collection_ensure(k, "c", &options, &created, &first, &err));
    assert_true(created);
    assert_string_equal(first->name, "c");
    assert_ok(kith_collection_ensure(k, "c", &others, &created, &second, &err));
    assert_false(created);
    assert_string_equal(second->id, first->id);
    assert_string_equal(second->metadata, "{\"a\":1}");
    kith_collection_info_free(first);
    kith_collection_info_free(second);
    assert_status(KITH_ERR_EXISTS, kith_collection_create(k, "c", NULL, &err));
    close_database(k);
}

static void lists_come_in_pages_in_order_of_name(void **state)
{
    static const char *const names[] = {"d", "a", "c", "b"};
    kith_error err = {0};
    kith *k = open_database(*state);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(kith_collection_create(k, names[i], NULL, &err));
        assert_ok(kith_tenant_create(k, names[i], &err));
        assert_ok(kith_database_create(k, KITH_DEFAULT_TENANT, names[i], &err));
    }
    const kith_list_options page = {.size = sizeof page, .offset = 1, .limit = 2};
    kith_collection_infos *infos = NULL;
    kith_tenants *tenants = NULL;
    kith_databases *databases = NULL;
    assert_ok(kith_collection_describe(k, NULL, &page, &infos, &err));
    assert_int_equal(infos->count, 2);
    assert_string_equal(infos->collections[0].name, "b");
    assert_string_equal(infos->collections[1].name, "c");
    assert_ok(kith_tenants_list(k, &page, &tenants, &err));
    assert_int_equal(tenants->count, 2);
    assert_string_equal(tenants->names[0], "b");
    assert_ok(kith_databases_list(k, KITH_DEFAULT_TENANT, NULL, &page, &databases, &err));
    assert_int_equal(databases->count, 2);
    assert_string_equal(databases->databases[1].name, "c");
    assert_string_equal(databases->databases[1].tenant, KITH_DEFAULT_TENANT);
    kith_databases_free(databases);
    databases = NULL;
    assert_ok(
        kith_databases_list(k, KITH_DEFAULT_TENANT, KITH_DEFAULT_DATABASE, NULL, &databases, &err));
    assert_string_equal(databases->databases[0].id, "00000000-0000-0000-0000-000000000000");
    kith_databases_free(databases);
    kith_tenants_free(tenants);
    kith_collection_infos_free(infos);
    close_database(k);
}

static void bad_names_of_tenants_and_databases_are_refused(void **state)
{
    static const char *const bad[] = {"", "a/b", "a\nb", "\xff"};
    static char long_name[KITH_NAME_MAX_BYTES + 2];
    kith_error err = {0};
    kith *k = open_database(*state), *used = NULL;
    memset(long_name, 'a', KITH_NAME_MAX_BYTES + 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(KITH_ERR_INVALID, kith_tenant_create(k, bad[i], &err));
        assert_status(KITH_ERR_INVALID, kith_database_create(k, KITH_DEFAULT_TENANT, bad[i], &err));
    }
    assert_status(KITH_ERR_INVALID, kith_tenant_create(k, long_name, &err));
    long_name[KITH_NAME_MAX_BYTES] = 0;
    assert_ok(kith_tenant_create(k, long_name, &err));
    assert_ok(kith_tenant_create(k, "Prüfung+1", &err));
    assert_ok(kith_tenant_find(k, "Prüfung+1", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_tenant_find(k, "Prüfung", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_use_database(k, "no", "d", &used, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_use_database(k, KITH_DEFAULT_TENANT, "d", &used, &err));
    assert_status(KITH_ERR_INVALID,
                  kith_database_delete(k, KITH_DEFAULT_TENANT, KITH_DEFAULT_DATABASE, &err));
    close_database(k);
}

static void a_tenant_is_deleted_once_it_has_no_database(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state);
    assert_ok(kith_tenant_create(k, "shop", &err));
    assert_ok(kith_database_create(k, "shop", "d", &err));
    assert_status(KITH_ERR_EXISTS, kith_tenant_delete(k, "shop", &err));
    assert_ok(kith_tenant_find(k, "shop", &err));
    assert_ok(kith_database_delete(k, "shop", "d", &err));
    assert_ok(kith_tenant_delete(k, "shop", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_tenant_find(k, "shop", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_tenant_delete(k, "shop", &err));
    assert_status(KITH_ERR_INVALID, kith_tenant_delete(k, KITH_DEFAULT_TENANT, &err));
    assert_ok(kith_tenant_create(k, "shop", &err));
    close_database(k);
}

static void a_deleted_database_takes_its_collections_from_under_its_handles(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state), *a = use(k, "a");
    kith_records *records = NULL;
    uint64_t conversation = 0, count = 7;
    assert_ok(kith_collection_create(k, "notes", NULL, &err));
    assert_ok(kith_collection_create(a, "notes", NULL, &err));
    put(k, "notes", "kept");
    put(a, "notes", "gone");
    assert_ok(kith_conversation_create(a, "notes", &conversation, &err));
    assert_ok(kith_database_delete(k, "a", "d", &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_get(a, "notes", NULL, &records, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_collection_create(a, "notes", NULL, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_conversation_delete(a, conversation, &err));
    assert_ok(kith_collection_count(a, &count, &err));
    assert_int_equal(count, 0);
    kith *again = use(k, "a"); /* of the same name, and empty */
    assert_ok(kith_collection_count(again, &count, &err));
    assert_int_equal(count, 0);
    assert_has(k, "notes", "kept");
    close_database(again);
    close_database(a);
    close_database(k);
}

static void conversations_belong_to_their_database(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state), *a = use(k, "a");
    uint64_t here = 0, there = 0;
    kith_conversation_list *list = NULL;
    kith_conversation *one = NULL;
    assert_ok(kith_collection_create(k, "notes", NULL, &err));
    assert_ok(kith_collection_create(a, "notes", NULL, &err));
    assert_ok(kith_conversation_create(k, "notes", &here, &err));
    assert_ok(kith_conversation_create(a, "notes", &there, &err));
    assert_ok(kith_conversations(a, &list, &err));
    assert_int_equal(list->count, 1);
    assert_int_equal(list->conversations[0].id, there);
    assert_status(KITH_ERR_NOT_FOUND, kith_conversation_get(k, there, &one, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_conversation_delete(k, there, &err));
    assert_ok(kith_conversation_delete(a, there, &err));
    assert_ok(kith_conversation_get(k, here, &one, &err));
    kith_conversation_free(one);
    kith_conversation_list_free(list);
    close_database(a);
    close_database(k);
}

/* ---- threads ---- */

enum { ROUNDS = 60 };

static void assert_may_miss(kith_status status, const kith_error *err)
{
    if (status != KITH_OK && status != KITH_ERR_NOT_FOUND && status != KITH_ERR_EXISTS)
        fail_msg("%s: %s", kith_status_name(status), err->message);
}

static void *rename_back_and_forth(void *context)
{
    kith *k = context;
    kith_error err = {0};
    for (int i = 0; i < ROUNDS; i++) {
        const kith_collection_changes to = {.name = i % 2 ? "a" : "b", .metadata = "{\"n\":1}"};
        assert_ok(kith_collection_modify(k, i % 2 ? "b" : "a", &to, &err));
    }
    return NULL;
}

static void *put_into_both(void *context)
{
    kith *k = context;
    kith_error err = {0};
    const float v[] = {1, 2};
    for (int i = 0; i < ROUNDS; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "p%d", i);
        const kith_point p = {.id = id, .vector = v, .dimension = 2};
        assert_may_miss(kith_put(k, i % 2 ? "a" : "b", KITH_UPSERT, &p, 1, &err), &err);
    }
    return NULL;
}

static void *read_both(void *context)
{
    kith *k = context;
    kith_error err = {0};
    const float v[] = {1, 2};
    const kith_query query = {.vector = v, .dimension = 2, .k = 3};
    for (int i = 0; i < ROUNDS; i++) {
        kith_hits *hits = NULL;
        kith_collection_infos *infos = NULL;
        assert_may_miss(kith_search(k, i % 2 ? "a" : "b", &query, &hits, &err), &err);
        kith_hits_free(hits);
        assert_ok(kith_collection_describe(k, NULL, NULL, &infos, &err));
        assert_int_equal(infos->count, 1); /* whatever it is called */
        kith_collection_infos_free(infos);
    }
    return NULL;
}

static void a_copy_is_a_collection_of_its_own(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state), *a = use(k, "a");
    kith_collection_infos *infos = NULL;
    kith_hits *hits = NULL;
    const kith_collection_options options = {.metric = KITH_SQUARED_L2,
                                             .metadata = "{\"of\":\"notes\"}",
                                             .configuration = "{\"x\":{\"y\":1}}"};
    assert_ok(kith_collection_create(a, "notes", &options, &err));
    const float vectors[][2] = {{1, 0}, {2, 0}, {3, 0}};
    const kith_point points[] = {{.id = "p",
                                  .content = "one",
                                  .metadata = "{\"n\":1}",
                                  .vector = vectors[0],
                                  .dimension = 2},
                                 {.id = "q", .vector = vectors[1], .dimension = 2},
                                 {.id = "r", .vector = vectors[2], .dimension = 2}};
    assert_ok(kith_put(a, "notes", KITH_ADD, points, 3, &err));
    assert_ok(kith_collection_copy(a, "notes", "copy", NULL, &err));
    kith_collection_info *info = describe(a, "copy", &infos);
    assert_int_equal(info->chunks, 3);
    assert_int_equal(info->metric, KITH_SQUARED_L2);
    assert_int_equal(info->dimension, 2);
    assert_string_equal(info->metadata, options.metadata);
    assert_string_equal(info->configuration, options.configuration);
    kith_collection_infos_free(infos);
    // What happens to one does not happen to the other.
    const char *const q = "q";
    assert_ok(kith_delete(a, "notes", &(kith_selection){.ids = &q, .id_count = 1}, NULL, &err));
    const kith_query query = {.vector = vectors[1], .dimension = 2, .k = 10};
    assert_ok(kith_search(a, "copy", &query, &hits, &err));
    assert_int_equal(hits->count, 3);
    assert_string_equal(hits->hits[0].id, "q");
    kith_hits_free(hits);
    assert_ok(kith_collection_delete(a, "notes", &err));
    assert_ok(kith_collection_copy(a, "copy", "notes", NULL, &err)); // and back
    assert_ok(kith_search(a, "notes", &query, &hits, &err));
    assert_int_equal(hits->count, 3);
    kith_hits_free(hits);
    assert_status(KITH_ERR_EXISTS, kith_collection_copy(a, "copy", "notes", NULL, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_collection_copy(a, "absent", "x", NULL, &err));
    assert_status(KITH_ERR_INVALID, kith_collection_copy(a, "copy", ".x", NULL, &err));
    assert_status(KITH_ERR_NOT_FOUND, kith_collection_copy(k, "copy", "x", NULL, &err));
    close_database(a);
    close_database(k);
}

/* Lists are metadata of a collection as they are of a point, and are replaced as a whole. */
static void a_collections_metadata_may_have_lists(void **state)
{
    kith_error err = {0};
    kith *k = open_database(*state);
    kith_collection_infos *infos = NULL;
    const kith_collection_options options = {.metadata = "{\"tags\": [\"a\", \"b\"], \"n\": 1}"};
    assert_ok(kith_collection_create(k, "c", &options, &err));
    assert_string_equal(describe(k, "c", &infos)->metadata, "{\"tags\":[\"a\",\"b\"],\"n\":1}");
    kith_collection_infos_free(infos);
    kith_collection_changes changes = {.metadata = "{\"years\":[2020,2021.5],\"none\":null}"};
    assert_ok(kith_collection_modify(k, "c", &changes, &err));
    assert_string_equal(describe(k, "c", &infos)->metadata, "{\"years\":[2020,2021.5]}");
    kith_collection_infos_free(infos);
    changes.metadata = "{\"mixed\":[1,\"x\"]}";
    assert_status(KITH_ERR_INVALID, kith_collection_modify(k, "c", &changes, &err));
    close_database(k);
}

/* Above 4,096 rows an index has a graph; its rows are linked beside the calls. */
static void what_waits_for_the_graph_is_counted_and_becomes_nothing(void **state)
{
    enum { ROWS = 6000 };
    kith_error err = {0};
    kith *k = open_database(*state);
    kith_collection_infos *infos = NULL;
    static char ids[ROWS][8];
    static float vectors[ROWS][2];
    static kith_point points[ROWS];
    for (int i = 0; i < ROWS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%d", i);
        vectors[i][0] = (float)(i % 77), vectors[i][1] = (float)i;
        points[i] = (kith_point){.id = ids[i], .vector = vectors[i], .dimension = 2};
    }
    assert_ok(kith_collection_create(k, "c", &(kith_collection_options){.metric = KITH_SQUARED_L2},
                                     &err));
    assert_int_equal(describe(k, "c", &infos)->unlinked, 0);
    kith_collection_infos_free(infos);
    assert_ok(kith_put(k, "c", KITH_ADD, points, ROWS, &err));
    uint64_t most = ROWS;
    for (;;) {
        uint64_t unlinked = describe(k, "c", &infos)->unlinked;
        kith_collection_infos_free(infos);
        assert_true(unlinked <= most); // they only become fewer
        most = unlinked;
        if (unlinked == 0) break;
        (void)usleep(1000);
    }
    close_database(k);
    k = open_database(*state);
    assert_int_equal(describe(k, "c", &infos)->unlinked, 0); // it is not loaded
    kith_collection_infos_free(infos);
    close_database(k);
}

/* In a database of its own, which is made and deleted. */
static void *make_and_delete(void *context)
{
    kith *k = context;
    for (int i = 0; i < ROUNDS / 4; i++) {
        kith_error err = {0};
        kith *used = use(k, "t");
        assert_ok(kith_collection_create(used, "a", NULL, &err));
        put(used, "a", "p");
        assert_has(used, "a", "p");
        assert_ok(kith_database_delete(k, "t", "d", &err));
        close_database(used);
    }
    return NULL;
}

static void names_change_while_others_use_them(void **state)
{
    static void *(*const roles[])(void *) = {rename_back_and_forth, put_into_both, read_both,
                                             make_and_delete};
    enum { ROLES = sizeof roles / sizeof roles[0] };
    kith_error err = {0};
    kith *k = open_database(*state);
    pthread_t threads[ROLES];
    uint64_t count = 0;
    assert_ok(kith_collection_create(k, "a", NULL, &err));
    put(k, "a", "first");
    for (int i = 0; i < ROLES; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, roles[i], k), 0);
    for (int i = 0; i < ROLES; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_ok(kith_collection_count(k, &count, &err));
    assert_int_equal(count, 1);
    close_database(k);
}

/* Each collection is a series that a scraper keeps: there are 200 of a figure at most, of the largest indexes. */
static void metrics_list_the_largest_indexes(void **state)
{
    enum { COLLECTIONS = 203, SERIES = 200 };
    kith_error err = {0};
    kith *k = open_database(*state);
    kith_metrics *metrics = NULL;
    for (int i = 0; i < COLLECTIONS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "c%d", i);
        assert_ok(kith_collection_create(k, name, NULL, &err));
        put(k, name, "first");
    }
    for (int i = 1; i < 50; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "more%d", i);
        put(k, "c202", id);
    }
    assert_ok(kith_metrics_get(k, &metrics, &err));
    const char *at = metrics->prometheus;
    int series = 0;
    for (; (at = strstr(at, "\nkith_index_rows{")); at++)
        series++;
    assert_int_equal(series, SERIES);
    assert_non_null(strstr(metrics->prometheus, "kith_index_rows{collection=\"c202\"} 50\n"));
    assert_non_null(strstr(metrics->prometheus, "kith_index_live_rows{collection=\"c202\"} 50\n"));
    assert_non_null(strstr(metrics->prometheus, "kith_index_series_left_out 3\n"));
    kith_metrics_free(metrics);
    close_database(k);
}

#define with_directory(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_directory(two_databases_have_collections_of_one_name),
        with_directory(a_collection_is_named_by_its_id_in_its_own_database_only),
        with_directory(a_rename_is_seen_by_open_handles),
        with_directory(a_name_that_changes_hands_is_followed),
        with_directory(a_put_goes_where_its_name_leads_now),
        with_directory(a_put_pins_no_collection_but_its_own),
        with_directory(metadata_and_configuration_are_kept_and_changed),
        with_directory(bad_settings_are_refused_before_anything_is_created),
        with_directory(a_collection_is_created_with_its_limit_of_memory),
        with_directory(a_longer_structure_is_taken_when_its_rest_is_zero),
        with_directory(ensure_says_whether_the_collection_is_new),
        with_directory(lists_come_in_pages_in_order_of_name),
        with_directory(bad_names_of_tenants_and_databases_are_refused),
        with_directory(a_tenant_is_deleted_once_it_has_no_database),
        with_directory(a_deleted_database_takes_its_collections_from_under_its_handles),
        with_directory(conversations_belong_to_their_database),
        with_directory(a_copy_is_a_collection_of_its_own),
        with_directory(a_collections_metadata_may_have_lists),
        with_directory(what_waits_for_the_graph_is_counted_and_becomes_nothing),
        with_directory(metrics_list_the_largest_indexes),
        with_directory(names_change_while_others_use_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
