/* reader_weights.h - the weights of reader.c, by reader_signal, the encoder that the second set belongs to,
 * and when a second unit is quoted in articles and in manuals. Written by bench/reader.py: do not edit. size-check: table */
#ifndef KITH_ANSWER_READER_WEIGHTS_H
#define KITH_ANSWER_READER_WEIGHTS_H

// clang-format off
static const char reader_fingerprint[] = "xxh3:3bf3763f8b255b88989920087170fedb mean norm 256 f32";
static const reader_rule reader_rules[2] = {{0.99, 0.06, 550}, {0.99, 0.0, 600}};
static const float reader_weights[2][READER_SIGNALS] = {
    { // without token states
        [READER_WORDS] = 0.0000F,
        [READER_TOKENS] = 0.0000F,
        [READER_WEAKEST] = 0.0000F,
        [READER_SHARE] = 0.5775F,
        [READER_JOINT] = 3.1364F,
        [READER_WHOLE] = 3.4807F,
        [READER_HEAD] = 0.1806F,
        [READER_HEADING] = 1.7415F,
        [READER_MISSING] = -0.4517F,
        [READER_ABSENT] = -0.4517F,
        [READER_FORM_ABSENT] = -1.0743F,
        [READER_KIND] = 1.5325F,
        [READER_PASSAGE] = 1.9568F,
        [READER_LENGTH] = 0.2542F,
        [READER_FIRST] = 0.6671F,
        [READER_ANSWERS] = 0.3441F,
        [READER_KEY] = 1.1906F,
        [READER_NAMED] = 0.7554F,
        [READER_SIDE] = 1.3682F,
        [READER_HOW] = -0.2037F,
        [READER_AROUND] = 2.3464F,
        [READER_REFERS] = 0.1476F,
        [READER_OPTION] = 0.2028F,
        [READER_ENTRY] = 1.1215F,
        [READER_DEFINITION] = 1.3429F,
        [READER_ROW] = -0.3522F,
        [READER_SETTING] = 0.0728F,
        [READER_CODE] = -0.0637F,
    },
    { // with them
        [READER_WORDS] = 2.2916F,
        [READER_TOKENS] = 2.8668F,
        [READER_WEAKEST] = 1.9973F,
        [READER_SHARE] = -1.9853F,
        [READER_JOINT] = 2.4817F,
        [READER_WHOLE] = 3.2089F,
        [READER_HEAD] = 0.3409F,
        [READER_HEADING] = 1.3001F,
        [READER_MISSING] = -0.2652F,
        [READER_ABSENT] = -0.2652F,
        [READER_FORM_ABSENT] = -0.9833F,
        [READER_KIND] = 1.2126F,
        [READER_PASSAGE] = 1.4542F,
        [READER_LENGTH] = 0.0781F,
        [READER_FIRST] = 0.4628F,
        [READER_ANSWERS] = 0.1155F,
        [READER_KEY] = 1.2680F,
        [READER_NAMED] = 0.7007F,
        [READER_SIDE] = 1.8565F,
        [READER_HOW] = 0.0143F,
        [READER_AROUND] = 1.4934F,
        [READER_REFERS] = 0.3238F,
        [READER_OPTION] = 0.1702F,
        [READER_ENTRY] = 1.5549F,
        [READER_DEFINITION] = 1.2449F,
        [READER_ROW] = -0.0293F,
        [READER_SETTING] = -0.3403F,
        [READER_CODE] = 0.0000F,
    },
};
// clang-format on

#endif
