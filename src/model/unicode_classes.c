/* unicode_classes.c - look-ups in the generated table. Up to U+1FFFF it has two stages: a code
 * point's block, then its byte in the block (16 KB, of which running text touches a few cache
 * lines). Above, ten ranges are searched. */
#include "model/unicode_classes.h"

#include "model/unicode_classes_table.h"

#include <stddef.h>

uint8_t unicode_classify(uint32_t code_point)
{
    if (code_point < TABLE_END)
        return blocks[block_of[code_point / TABLE_BLOCK]][code_point % TABLE_BLOCK];
    for (size_t i = 0; i < sizeof upper_ranges / sizeof upper_ranges[0]; i++) {
        if (code_point <= upper_ranges[i].last)
            return code_point >= upper_ranges[i].first ? upper_ranges[i].value : UNICODE_WORD;
    }
    return UNICODE_WORD;
}

uint32_t unicode_newer_lowercase(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof newer_lowercase / sizeof newer_lowercase[0]; i++) {
        uint32_t first = newer_lowercase[i].first;
        if (code_point >= first && code_point <= newer_lowercase[i].last)
            return newer_lowercase[i].target + (code_point - first);
    }
    return code_point;
}
