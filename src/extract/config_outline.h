/* config_outline.h - the headings of a configuration, whose text is the file itself, so that comments stay
 * and lines are the file's: in YAML each key that lines below it belong to ("services > web"), and
 * each document of several ("document 2"); in TOML and INI each table ("tool > black").
 *
 * Lines are looked at, and no language is parsed: a file with templates in it is read as well. So an
 * alias of YAML is never expanded. What it does not understand is text under the last heading. */
#ifndef KITH_EXTRACT_CONFIG_OUTLINE_H
#define KITH_EXTRACT_CONFIG_OUTLINE_H

#include "extract/outline.h"

enum { CONFIG_MAX_HEADINGS = 20000 }; /* what comes behind stands under none */

/* Adds the headings of the text. O(bytes).
 * Errors: KITH_ERR_NO_MEMORY. */
KITH_CHECKED kith_status config_outline_yaml(view text, outline *found, kith_error *err);
KITH_CHECKED kith_status config_outline_tables(view text, outline *found, kith_error *err);

#endif
