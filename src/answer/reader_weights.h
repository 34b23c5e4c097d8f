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
        [READER_SHARE] = 1.3414F,
        [READER_JOINT] = 7.2994F,
        [READER_HEAD] = -0.0246F,
        [READER_HEADING] = 2.2366F,
        [READER_MISSING] = -0.8348F,
        [READER_ABSENT] = -0.8348F,
        [READER_KIND] = 1.2646F,
        [READER_PASSAGE] = 1.8640F,
        [READER_LENGTH] = 0.1710F,
        [READER_FIRST] = 0.5235F,
        [READER_ANSWERS] = 0.0982F,
        [READER_KEY] = 1.2700F,
        [READER_NAMED] = 1.9673F,
        [READER_SIDE] = 1.6865F,
        [READER_HOW] = -0.3418F,
        [READER_ENTRY] = 0.8750F,
        [READER_DEFINITION] = 1.6486F,
        [READER_ROW] = -0.4216F,
        [READER_SETTING] = 0.3295F,
        [READER_CODE] = -0.0321F,
    },
    { // with them
        [READER_WORDS] = 2.9770F,
        [READER_TOKENS] = 3.2486F,
        [READER_WEAKEST] = 1.7989F,
        [READER_SHARE] = -2.0365F,
        [READER_JOINT] = 6.2600F,
        [READER_HEAD] = 0.0630F,
        [READER_HEADING] = 1.8233F,
        [READER_MISSING] = -0.7427F,
        [READER_ABSENT] = -0.7427F,
        [READER_KIND] = 0.9576F,
        [READER_PASSAGE] = 1.3847F,
        [READER_LENGTH] = -0.1008F,
        [READER_FIRST] = 0.3980F,
        [READER_ANSWERS] = 0.3707F,
        [READER_KEY] = 1.0672F,
        [READER_NAMED] = 1.5551F,
        [READER_SIDE] = 2.2577F,
        [READER_HOW] = -0.0699F,
        [READER_ENTRY] = 1.4753F,
        [READER_DEFINITION] = 1.5226F,
        [READER_ROW] = -0.4968F,
        [READER_SETTING] = 0.0301F,
        [READER_CODE] = 0.0000F,
    },
};
// clang-format on

#endif
