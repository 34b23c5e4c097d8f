/* record_roles.h - which member of a JSON object, which column of a table, is a document's content,
 * title, id. */
#ifndef KITH_EXTRACT_RECORD_ROLES_H
#define KITH_EXTRACT_RECORD_ROLES_H

#include "base/view.h"

typedef enum record_role {
    RECORD_FIELD, /* metadata */
    RECORD_CONTENT,
    RECORD_TITLE,
    RECORD_ID,
    RECORD_METADATA /* an object of more fields */
} record_role;

/* "content", "text" or "body"; "title"; "id" or "_id"; "metadata". ASCII case does not matter. */
record_role record_role_of(view key);

#endif
