/* record_roles.h - the role of a member of a JSON object, or of a column of a table, in the
 * document that is made of the record: its content, title or id, or metadata. */
#ifndef KITH_EXTRACT_RECORD_ROLES_H
#define KITH_EXTRACT_RECORD_ROLES_H

#include "base/view.h"

typedef enum record_role {
    RECORD_FIELD, /* metadata */
    RECORD_CONTENT,
    RECORD_TITLE,
    RECORD_ID,
    RECORD_METADATA /* an object whose members are metadata */
} record_role;

/* "content", "text" or "body"; "title"; "id" or "_id"; "metadata". ASCII case does not matter. */
record_role record_role_of(view key);

#endif
