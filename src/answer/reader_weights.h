/* reader_weights.h - the weights of reader.c, by reader_signal, and the encoder that the second set belongs
 * to. Written by bench/reader.py: do not edit. size-check: table */
#ifndef KITH_ANSWER_READER_WEIGHTS_H
#define KITH_ANSWER_READER_WEIGHTS_H

// clang-format off
static const char reader_fingerprint[] = "xxh3:3bf3763f8b255b88989920087170fedb mean norm 256 f32";
static const float reader_weights[2][READER_SIGNALS] = {
    { // without token states
        [READER_WORDS] = 0.0000F,
        [READER_TOKENS] = 0.0000F,
        [READER_WEAKEST] = 0.0000F,
        [READER_SHARE] = 2.1709F,
        [READER_JOINT] = 5.6760F,
        [READER_HEAD] = 0.0917F,
        [READER_HEADING] = 1.3772F,
        [READER_MISSING] = -0.5439F,
        [READER_ABSENT] = -0.5439F,
        [READER_KIND] = 1.4485F,
        [READER_PASSAGE] = 2.1090F,
        [READER_LENGTH] = 0.0995F,
        [READER_FIRST] = 0.2859F,
        [READER_ANSWERS] = -0.1745F,
        [READER_KEY] = 0.9943F,
        [READER_NAMED] = 1.5170F,
        [READER_SIDE] = 1.1171F,
        [READER_HOW] = -0.2224F,
        [READER_ENTRY] = 0.5982F,
        [READER_DEFINITION] = 1.0143F,
        [READER_ROW] = -0.0130F,
        [READER_SETTING] = -0.4728F,
        [READER_CODE] = -0.0375F,
    },
    { // with them
        [READER_WORDS] = 2.5092F,
        [READER_TOKENS] = 2.8237F,
        [READER_WEAKEST] = 2.6441F,
        [READER_SHARE] = -0.9806F,
        [READER_JOINT] = 4.6714F,
        [READER_HEAD] = 0.2037F,
        [READER_HEADING] = 1.1760F,
        [READER_MISSING] = -0.4273F,
        [READER_ABSENT] = -0.4273F,
        [READER_KIND] = 1.1186F,
        [READER_PASSAGE] = 1.5325F,
        [READER_LENGTH] = -0.1376F,
        [READER_FIRST] = 0.1178F,
        [READER_ANSWERS] = -0.1406F,
        [READER_KEY] = 0.6939F,
        [READER_NAMED] = 1.4129F,
        [READER_SIDE] = 1.5681F,
        [READER_HOW] = -0.1301F,
        [READER_ENTRY] = 1.2900F,
        [READER_DEFINITION] = 0.7396F,
        [READER_ROW] = -0.0519F,
        [READER_SETTING] = -0.6510F,
        [READER_CODE] = 0.0000F,
    },
};
// clang-format on

#endif
