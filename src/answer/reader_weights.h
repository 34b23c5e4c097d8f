/* reader_weights.h - the weights of reader.c, by reader_signal, the encoder that the second set belongs to,
 * and when a second unit is quoted. Written by bench/reader.py: do not edit. size-check: table */
#ifndef KITH_ANSWER_READER_WEIGHTS_H
#define KITH_ANSWER_READER_WEIGHTS_H

// clang-format off
static const char reader_fingerprint[] = "xxh3:3bf3763f8b255b88989920087170fedb mean norm 256 f32";
#define READER_SURE 0.99
#define READER_UNLIKELY 0.06
#define READER_SECOND_MAX_BYTES 700
static const float reader_weights[2][READER_SIGNALS] = {
    { // without token states
        [READER_WORDS] = 0.0000F,
        [READER_TOKENS] = 0.0000F,
        [READER_WEAKEST] = 0.0000F,
        [READER_SHARE] = 1.2486F,
        [READER_JOINT] = 5.6782F,
        [READER_HEAD] = 0.2340F,
        [READER_HEADING] = 2.1494F,
        [READER_MISSING] = -0.6241F,
        [READER_ABSENT] = -0.6241F,
        [READER_KIND] = 1.5464F,
        [READER_PASSAGE] = 2.0146F,
        [READER_LENGTH] = 0.2105F,
        [READER_FIRST] = 0.6005F,
        [READER_ANSWERS] = 0.2867F,
        [READER_KEY] = 1.3616F,
        [READER_NAMED] = 0.9691F,
        [READER_SIDE] = 1.5008F,
        [READER_HOW] = -0.2020F,
        [READER_AROUND] = 2.4313F,
        [READER_REFERS] = 0.1933F,
        [READER_OPTION] = 0.2119F,
        [READER_ENTRY] = 1.2508F,
        [READER_DEFINITION] = 1.4198F,
        [READER_ROW] = -0.2109F,
        [READER_SETTING] = -0.0009F,
        [READER_CODE] = -0.0713F,
    },
    { // with them
        [READER_WORDS] = 2.2889F,
        [READER_TOKENS] = 2.6585F,
        [READER_WEAKEST] = 2.1989F,
        [READER_SHARE] = -1.4036F,
        [READER_JOINT] = 4.9232F,
        [READER_HEAD] = 0.4380F,
        [READER_HEADING] = 1.6648F,
        [READER_MISSING] = -0.4480F,
        [READER_ABSENT] = -0.4480F,
        [READER_KIND] = 1.2958F,
        [READER_PASSAGE] = 1.6270F,
        [READER_LENGTH] = 0.0610F,
        [READER_FIRST] = 0.4267F,
        [READER_ANSWERS] = 0.0088F,
        [READER_KEY] = 1.3925F,
        [READER_NAMED] = 0.8597F,
        [READER_SIDE] = 2.0412F,
        [READER_HOW] = -0.0119F,
        [READER_AROUND] = 1.6091F,
        [READER_REFERS] = 0.3336F,
        [READER_OPTION] = 0.1697F,
        [READER_ENTRY] = 1.7163F,
        [READER_DEFINITION] = 1.4552F,
        [READER_ROW] = 0.1792F,
        [READER_SETTING] = -0.4214F,
        [READER_CODE] = 0.0000F,
    },
};
// clang-format on

#endif
