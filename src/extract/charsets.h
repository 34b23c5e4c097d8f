/* charsets.h - the C library's converters for the charsets of mail, loaded while files can still be
 * opened: iconv keeps each in a module on disk and loads it at its first use, which a confined
 * process cannot do. */
#ifndef KITH_EXTRACT_CHARSETS_H
#define KITH_EXTRACT_CHARSETS_H

/* Loads them for the rest of the process. A charset that this system lacks is left out; text
 * declared to be in it is then decoded by what its bytes look like. */
void charsets_load(void);

#endif
