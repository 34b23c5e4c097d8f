/* entry.h - the entry of a code in a long manual: of "What does xz -5 do?" or "curl exit code 28" the
 * best passages may be others of the right document, since a code is hardly a word. When none of them
 * has a line that begins with the code, or with a range that holds it, the document is looked through
 * for one. */
#ifndef KITH_ANSWER_ENTRY_H
#define KITH_ANSWER_ENTRY_H

#include "answer/contrast.h"

enum { ENTRY_PASSAGES = 2 /* that are put first */ };

/* Puts passages with such a line first in *found, in the place of its last ones.
 * found  of the question; unchanged when it asks for no code's meaning, has the line already, or the
 *        document has none. The document is the one that the question names by its file's name or
 *        title, else that of the best passage.
 * At most one more search, by a filter on that document's texts. Any thread.
 * Errors: as retrieve. */
KITH_CHECKED kith_status entry_find(const contrast_search *s, arena *a, retrieval *found,
                                    kith_error *err);

/* Whether the question has the first part of the file's name as words: "xz" of "xz.1.txt", "git clean"
 * of "git-clean.html". Pure. */
bool entry_names_document(view question, const char *source);

/* Whether the row of a table, cut at bars, tabs and two blanks, has nothing but short cells behind the
 * first, and figures in half of them: it says how much, and explains nothing. Pure. */
bool entry_is_figures(view row);

/* Whether a line of the text begins with the name, or with a range that holds it: behind a bullet, a
 * bar, other options, or the noun that stands before the name in the question. A row of figures
 * behind an option is no entry of it.
 * name  a part of `question`
 * Pure. */
bool entry_begins_line(view text, view question, view name);

#endif
