/* code_page.c - numbers of code pages to the labels of charset.h. */
#include "extract/code_page.h"

#include <stdio.h>

const charset *code_page_charset(uint32_t number)
{
    static const struct {
        uint32_t number;
        const char *label;
    } NAMED[] = {{932, "shift_jis"},    {936, "gbk"},           {949, "euc-kr"},
                 {950, "big5"},         {10000, "macintosh"},   {20127, "windows-1252"},
                 {20866, "koi8-r"},     {21866, "koi8-u"},      {32768, "macintosh"},
                 {28591, "iso-8859-1"}, {28592, "iso-8859-2"},  {28595, "iso-8859-5"},
                 {28597, "iso-8859-7"}, {28605, "iso-8859-15"}, {50220, "iso-2022-jp"},
                 {51932, "euc-jp"},     {54936, "gb18030"},     {65001, "utf-8"}};
    char name[32];
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
        if (NAMED[i].number == number) return charset_find(view_of(NAMED[i].label));
    bool is_windows = number == 874 || (number >= 1250 && number <= 1258);
    (void)snprintf(name, sizeof name, "%s%u", is_windows ? "windows-" : "ibm", number);
    return charset_find(view_of(name));
}

size_t code_page_append(uint32_t number, view bytes, buffer *out)
{
    size_t replaced = 0, start = out->size;
    const charset *c = number == 1252 ? NULL : code_page_charset(number);
    if (c && charset_append_utf8(c, bytes, out, &replaced, NULL) == KITH_OK) return replaced;
    out->size = start;
    return charset_append_windows_1252(bytes, out);
}
