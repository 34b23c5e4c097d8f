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
        [READER_SHARE] = 1.3753F,
        [READER_JOINT] = 7.2388F,
        [READER_HEAD] = -0.0129F,
        [READER_HEADING] = 2.0960F,
        [READER_MISSING] = -0.8212F,
        [READER_ABSENT] = -0.8212F,
        [READER_KIND] = 1.4876F,
        [READER_PASSAGE] = 1.8711F,
        [READER_LENGTH] = 0.1195F,
        [READER_FIRST] = 0.5178F,
        [READER_ANSWERS] = -0.1467F,
        [READER_KEY] = 1.1828F,
        [READER_NAMED] = 1.9296F,
        [READER_SIDE] = 1.7906F,
        [READER_HOW] = -0.3030F,
        [READER_ENTRY] = 0.5560F,
        [READER_DEFINITION] = 1.3765F,
        [READER_ROW] = -0.3378F,
        [READER_SETTING] = -0.2517F,
        [READER_CODE] = -0.0314F,
    },
    { // with them
        [READER_WORDS] = 3.0005F,
        [READER_TOKENS] = 3.3225F,
        [READER_WEAKEST] = 1.7122F,
        [READER_SHARE] = -2.0066F,
        [READER_JOINT] = 6.1741F,
        [READER_HEAD] = 0.1066F,
        [READER_HEADING] = 1.7315F,
        [READER_MISSING] = -0.7318F,
        [READER_ABSENT] = -0.7318F,
        [READER_KIND] = 1.1850F,
        [READER_PASSAGE] = 1.3978F,
        [READER_LENGTH] = -0.1795F,
        [READER_FIRST] = 0.3918F,
        [READER_ANSWERS] = 0.1401F,
        [READER_KEY] = 0.9213F,
        [READER_NAMED] = 1.5031F,
        [READER_SIDE] = 2.4370F,
        [READER_HOW] = -0.1394F,
        [READER_ENTRY] = 1.2064F,
        [READER_DEFINITION] = 1.2643F,
        [READER_ROW] = -0.3826F,
        [READER_SETTING] = -0.7433F,
        [READER_CODE] = 0.0000F,
    },
};
// clang-format on

#endif
