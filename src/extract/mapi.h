/* mapi.h - the properties of a message as Outlook stores them, be it in a file of its own (msg) or in
 * a part of a mail (TNEF, winmail.dat): numbered values, of which those that a reader of the message
 * sees are kept. Texts stay as they are in the file until they are asked for, because the code page
 * is a property too and may come last.
 * Source: [MS-OXPROPS]. */
#ifndef KITH_EXTRACT_MAPI_H
#define KITH_EXTRACT_MAPI_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

typedef enum mapi_name {
    MAPI_CLASS,
    MAPI_SUBJECT,
    MAPI_FROM_NAME,
    MAPI_FROM_ADDRESS,
    MAPI_FROM_SMTP,
    MAPI_AUTHOR_NAME, /* for whom it was sent, which is who wrote it */
    MAPI_AUTHOR_ADDRESS,
    MAPI_AUTHOR_SMTP,
    MAPI_TO,
    MAPI_CC,
    MAPI_SENT,
    MAPI_DELIVERED,
    MAPI_START, /* of an appointment */
    MAPI_END,
    MAPI_BODY,
    MAPI_HTML,
    MAPI_RTF,
    MAPI_HTML_CODE_PAGE,
    MAPI_CODE_PAGE,
    MAPI_DISPLAY_NAME, /* of a recipient, a contact, an attachment */
    MAPI_ADDRESS,
    MAPI_SMTP,
    MAPI_RECIPIENT_KIND, /* 1 to, 2 cc, 3 bcc */
    MAPI_COMPANY,
    MAPI_JOB,
    MAPI_PHONE,
    MAPI_MOBILE,
    MAPI_HOME_PHONE,
    MAPI_DEPARTMENT,
    MAPI_EMAIL, /* from here on those that have a name (mapi_named): of a contact */
    MAPI_EMAIL_2,
    MAPI_EMAIL_3,
    MAPI_WORK_ADDRESS,
    MAPI_HOME_ADDRESS,
    MAPI_OTHER_ADDRESS,
    MAPI_WEB_PAGE,
    MAPI_START_WHOLE, /* of an appointment, as Outlook shows it */
    MAPI_END_WHOLE,
    MAPI_LOCATION,
    MAPI_RECURRENCE, /* "every Monday from 10:00 to 11:00" */
    MAPI_TASK_DUE,
    MAPI_FILE_NAME,
    MAPI_SHORT_FILE_NAME,
    MAPI_DATA,
    MAPI_COUNT
} mapi_name;

typedef struct mapi_value {
    uint32_t type; /* 0: there is none */
    view raw;
} mapi_value;

enum { MAPI_MAX_CATEGORIES = 32 };

typedef struct mapi_properties {
    mapi_value values[MAPI_COUNT];
    mapi_value categories[MAPI_MAX_CATEGORIES]; /* texts; the one property of several values */
    uint32_t category_count;
    uint32_t code_page; /* where no property tells it; 0: not known */
} mapi_properties;

/* The number, for the functions below, of a property that has a name instead of a number of its own.
 * set   16 bytes: the GUID of the set of properties that the name is of
 * name  a number in it
 * Returns 0 when it is not one that is kept. */
uint32_t mapi_named(view set, uint32_t name);
/* The same of a name that is a text, in UTF-16LE, of the set that such names are of if no other is
 * said (PS_PUBLIC_STRINGS). */
uint32_t mapi_named_text(view name);
/* Is that the set of these 16 bytes? */
bool mapi_is_public_set(view set);
/* True for the property of several values that is kept: its values are put one after the other. */
bool mapi_is_list(uint32_t id);
/* True for a property that is kept: worth reading. */
bool mapi_is_wanted(uint32_t id);
/* Keeps a property, the first of one number; of categories as many as there is room for.
 * id    its number
 * type  0x1E text in the code page, 0x1F UTF-16, 0x102 bytes, 0x40 a time, others are numbers
 * raw   borrowed */
void mapi_put(mapi_properties *p, uint32_t id, uint32_t type, view raw);
/* The text in UTF-8, in the arena, trimmed, \n for line ends; empty when there is none.
 * Errors: KITH_ERR_NO_MEMORY, KITH_ERR_LIMIT. */
KITH_CHECKED kith_status mapi_text(const mapi_properties *p, mapi_name name, arena *a, view *out,
                                   kith_error *err);
/* The same on one line of at most 2,000 bytes. */
KITH_CHECKED kith_status mapi_line(const mapi_properties *p, mapi_name name, arena *a, view *out,
                                   kith_error *err);
/* The category `i`, below category_count, as mapi_line gives a text. */
KITH_CHECKED kith_status mapi_category(const mapi_properties *p, uint32_t i, arena *a, view *out,
                                       kith_error *err);
/* 0 when there is none. */
uint64_t mapi_number(const mapi_properties *p, mapi_name name);
/* "2025-03-04T10:00:00Z" of a time; empty when there is none, or it is no year of four digits. */
KITH_CHECKED kith_status mapi_time(const mapi_properties *p, mapi_name name, arena *a, view *out,
                                   kith_error *err);

#endif
