/* record_roles.c - the member names that published data sets use. */
#include "extract/record_roles.h"

record_role record_role_of(view key)
{
    static const struct {
        const char *key;
        record_role role;
    } roles[] = {
        {"content", RECORD_CONTENT},   {"text", RECORD_CONTENT}, {"body", RECORD_CONTENT},
        {"title", RECORD_TITLE},       {"id", RECORD_ID},        {"_id", RECORD_ID},
        {"metadata", RECORD_METADATA},
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (view_equal_nocase(key, view_of(roles[i].key))) return roles[i].role;
    return RECORD_FIELD;
}
