/* record_roles.h - the role of a member of a JSON object, or of a column of a table, in the
 * document that is made of the record: its content, title or id, or metadata; and which of the
 * members beside the content are searched with it. */
#ifndef KITH_EXTRACT_RECORD_ROLES_H
#define KITH_EXTRACT_RECORD_ROLES_H

#include "base/arena.h"
#include "base/status.h"
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

/* Whether a field beside a record's text is searched with the text, as a line "key: value" behind
 * it: every value that a person may ask for. False for a blank one and for what only programs read:
 * digests, UUIDs and encoded bytes. */
bool record_is_searched(view value);

/* Sets *out, in `a`, to the content with the lines behind it, a blank line between the two; to the
 * content as it is where there are none.
 * lines  "author: Ann\nprice: 40"; may be empty
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status record_join(view content, view lines, arena *a, view *out,
                                     kith_error *err);

#endif
