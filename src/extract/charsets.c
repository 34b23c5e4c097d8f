/* charsets.c - keeps one descriptor of each converter open, so that its module stays loaded for the
 * descriptors that are opened later. The list: the charsets that mail was written in before UTF-8,
 * by the names of the MIME registry. */
#include "extract/charsets.h"

#include <iconv.h>
#include <stddef.h>

void charsets_load(void)
{
    static const char *const NAMES[] = {
        "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",
        "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-13",
        "ISO-8859-15",  "ISO-8859-16",  "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252",
        "WINDOWS-1253", "WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257",
        "WINDOWS-1258", "KOI8-R",       "KOI8-U",       "MACINTOSH",    "IBM850",
        "ISO-2022-JP",  "SHIFT_JIS",    "CP932",        "EUC-JP",       "EUC-KR",
        "CP949",        "GB2312",       "GBK",          "GB18030",      "BIG5",
        "BIG5-HKSCS",   "TIS-620",      "UTF-16",       "UTF-7",
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        (void)iconv_open("UTF-8", NAMES[i]); // kept open on purpose
}
