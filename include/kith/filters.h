/* filters.h - the language of filters: which points a query, a selection or a question is about.
 *
 * The `where` of a query, a selection or a question is a JSON object that points are tested against
 * by their metadata:
 *
 *     {"country": "France"}                              the field is "France"
 *     {"year": {"$gte": 2020, "$lt": 2024}}              2020 <= year < 2024
 *     {"country": {"$in": ["France", "Italy"]}}          one of the two
 *     {"draft": {"$ne": true}}                           not true, or the point has no such field
 *     {"tags": "travel"}                                 the tag, or a list that has it
 *     {"date": {"$gte": "2024-06", "$lt": "2025"}}       a date from June to the end of 2024
 *     {"source": {"$prefix": "/home/ann/reports/"}}      a string that begins so
 *     {"title": {"$glob": "*report 202[45]*"}}           a string that the pattern matches
 *     {"tags": {"$contains": "travel"}}                  a list, and "travel" is in it
 *     {"#document": {"$contains": "by train"}}           the point's text has "by train" in it
 *     {"#id": {"$in": ["a", "b"]}}                       the point's id is one of the two
 *     {"country": "France", "year": 2024}                both
 *     {"$or": [{"year": 2024}, {"starred": true}]}       at least one
 *     {"$and": [{"a": 1}, {"$or": [{"b": 2}, {"c": 3}]}]}
 *
 *     {FIELD: VALUE}           the same as {FIELD: {"$eq": VALUE}}
 *     {FIELD: {"$eq": VALUE}}  equal               {FIELD: {"$ne": VALUE}}    not equal
 *     {FIELD: {"$gt": NUMBER}} greater             {FIELD: {"$gte": NUMBER}}  greater or equal
 *     {FIELD: {"$lt": NUMBER}} less                {FIELD: {"$lte": NUMBER}}  less or equal
 *     {FIELD: {"$gt", "$gte", "$lt", "$lte": DATE}}  the same of dates
 *     {FIELD: {"$in": [VALUE, ...]}}               equal to one of them
 *     {FIELD: {"$nin": [VALUE, ...]}}              equal to none of them
 *     {FIELD: {"$contains": VALUE}}                a list that holds an equal value
 *     {FIELD: {"$not_contains": VALUE}}            not such a list
 *     {FIELD: {"$prefix": TEXT}}                   a string that begins with TEXT
 *     {FIELD: {"$glob": GLOB}}                     a string that GLOB matches from end to end
 *     {"#document": {"$contains": TEXT}}           the point's text has TEXT in it
 *     {"#document": {"$not_contains": TEXT}}       not so
 *     {"#document": {"$regex": PATTERN}}           the pattern matches a part of the point's text
 *     {"#document": {"$not_regex": PATTERN}}       not so
 *     {"#id": {OPERATOR: ...}}                     the id, by $eq, $ne, $in or $nin, with strings
 *     {"$and": [FILTER, ...]}                      all of them; an empty list matches every point
 *     {"$or": [FILTER, ...]}                       at least one; an empty list matches no point
 *     {"$strict": FILTER}                          FILTER, in which a list is equal to no VALUE
 *
 * - Several members of one object must all match, and so must several operators on one field.
 * - A FIELD is the name of one metadata field, as it stands: 1 byte or more, not beginning with
 *   '$'. There are no paths, since metadata is flat. "#document" and "#id" are no metadata, but the
 *   point's text (kith_point's content) and id. Metadata fields of these two names can be stored,
 *   and not be tested; every other name may begin with '#'.
 * - A VALUE is a string, a number, true or false. null, lists and objects are refused (but for the
 *   list of values of $in and $nin).
 * - Values of different kinds are never equal: 1 is neither "1" nor true, and {"$ne": 1} matches
 *   the string "1". Strings are equal when their bytes are. Numbers are compared by their exact
 *   value, whether they are written as integers or with a fraction: 1 equals 1.0. (An integer that
 *   does not fit 64 bits is read as a double.)
 * - $gt, $gte, $lt and $lte take a number or a DATE, and match no point whose field holds something
 *   else: a number is no date, and a string that is no date is neither before nor after one.
 * - A DATE is a string in the form of ISO 8601: 2024, 2024-06, 2024-06-01, 2024-06-01T08:30,
 *   2024-06-01T08:30:15 or with a fraction of a second; a time may have a zone (Z, +02:00), and is
 *   compared as the moment that it is. Without a zone dates and times are in UTC. Each names a period:
 *   a year, a month, ... A value matches by the whole of its period: $gte when it does not begin
 *   before DATE begins, $gt when it begins behind DATE's end, $lt when it ends before DATE begins, $lte
 *   when it does not end behind DATE's end. So {"$gte": "2024-06", "$lte": "2024-06"} are all days of
 *   June, and "2024-06" is neither before nor after "2024-06-15". $eq and $in compare strings.
 * - A field that holds a list is equal to each VALUE in it: it matches $eq, $in, $prefix and $glob when
 *   one of its values does, $ne and $nin when none does, and never $gt, $gte, $lt and $lte. $contains
 *   is $eq for lists alone: a field that holds no list contains nothing, a string not even itself.
 *   Within $strict a list is equal to nothing: it matches $ne and $nin, and not $eq and $in.
 * - GLOB: "*" is any run of characters, "/" among them, "?" one character, [a-z] one of these, [!a-z]
 *   one that is none of them; upper and lower case apart.
 * - A point without the field matches $ne, $nin and $not_contains, and no other operator.
 * - TEXT is found as it stands, byte by byte, upper and lower case apart; "" is in every text, the
 *   empty one too. A point without a text matches $not_contains and $not_regex, and neither of the
 *   others. For this the texts are read from the disk: those of the points that everything else in
 *   the filter leaves undecided. They are tested as they are then, not as the index has them.
 * - PATTERN is a regular expression of RE2, in UTF-8, that may match anywhere (^ and $ are the ends
 *   of the text): (?i) (?s) (?m) \d \w \s \b \p{Greek} [a-z] {2,5} | and so on. The time is linear
 *   in the text whatever the pattern is, so it has no look-around and no back-references. It is
 *   the syntax of Rust's regex but for this: \d \w \s \b and the [:classes:] know ASCII only, {n}
 *   counts up to 1,000, and there are no (?x), no classes within classes, no operations on them.
 * - A field that no point of the collection has is taken for a mistake (INVALID, and the message
 *   names the nearest field that there is), unless allow_unknown_fields is set (where there is
 *   such an option); then it is a field that every point lacks. In a collection without points
 *   every field is allowed.
 * - Limits: those at the end of this file. Several members, or several operators, count as an $and.
 * - FORMAT: the filter is not JSON, or an object has a member twice. INVALID: anything else that is
 *   wrong with it, among it a limit and the empty object {}; the message names operator and field. */
#ifndef KITH_FILTERS_H
#define KITH_FILTERS_H

enum {
    KITH_FILTER_MAX_BYTES = 4 << 20,   /* of JSON */
    KITH_FILTER_MAX_DEPTH = 30,        /* objects of filters within each other, the outermost too */
    KITH_FILTER_MAX_CONDITIONS = 1024, /* conditions, $and and $or together */
    KITH_FILTER_MAX_VALUES = 100000,   /* in all conditions together */
    KITH_FILTER_MAX_GLOB_BYTES = 256, /* of each */
    KITH_FILTER_MAX_PATTERNS = 16,     /* $regex and $not_regex */
    KITH_FILTER_MAX_PATTERN_BYTES = 4 << 10, /* of each */
    KITH_FILTER_MAX_PATTERN_MEMORY = 8 << 20 /* bytes that each may take when it is compiled */
};

#endif
