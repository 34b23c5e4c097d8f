/* charsets.h - the C library's converters for the charsets of mail, loaded while files can still be
 * opened: each is a module on disk, read at its first use. */
#ifndef KITH_EXTRACT_CHARSETS_H
#define KITH_EXTRACT_CHARSETS_H

/* Loads them for the rest of the process. A charset that this system lacks is passed over; text in
 * it is then read as what it looks like. */
void charsets_load(void);

#endif
