/* status.h - how every call of kith reports failure.
 * A call returns a kith_status; codes are stable and meant to be compared. The message in
 * kith_error is for people: it names the thing, the limit and the place, and is never parsed. */
#ifndef KITH_STATUS_H
#define KITH_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kith_status {
    KITH_OK = 0,
    KITH_ERR_INVALID = 1,   /* an argument or a value in the input is not acceptable */
    KITH_ERR_NOT_FOUND = 2, /* no such collection, document, point, file */
    KITH_ERR_EXISTS = 3,    /* the name or id is taken */
    KITH_ERR_DIMENSION = 4, /* a vector's length is not the collection's dimension */
    KITH_ERR_MODEL = 5,  /* no model, a damaged one, or not the one the collection is pinned to */
    KITH_ERR_LIMIT = 6,  /* too large, too long, too many, too deep */
    KITH_ERR_FORMAT = 7, /* malformed input: JSON, a model file, a document */
    KITH_ERR_UNSUPPORTED = 8,   /* a kind of input that this version does not read */
    KITH_ERR_IO = 9,            /* the operating system refused or failed; also permission */
    KITH_ERR_FULL = 10,         /* no space left on the device */
    KITH_ERR_CORRUPT = 11,      /* stored data fails its checksum */
    KITH_ERR_BUSY = 12,         /* other processes write to the data directory */
    KITH_ERR_NO_MEMORY = 13,    /* an allocation failed */
    KITH_ERR_NETWORK = 14,      /* the endpoint cannot be reached, or the connection broke */
    KITH_ERR_TIMEOUT = 15,      /* the endpoint did not answer, or the call was not done, in time */
    KITH_ERR_AUTH = 16,         /* a key is missing or was refused; a document is encrypted */
    KITH_ERR_RATE_LIMITED = 17, /* the endpoint still answers 429 after the retries */
    KITH_ERR_REMOTE = 18,       /* the endpoint answered with an error or with nonsense */
    KITH_ERR_CANCELLED = 19,    /* the caller asked to stop */
    KITH_ERR_INTERNAL = 20      /* a bug in kith */
} kith_status;

enum { KITH_ERROR_MESSAGE_BYTES = 512 };

/* Filled when a call fails and the caller passed one; `message` is NUL-terminated UTF-8. */
typedef struct kith_error {
    kith_status code;
    char message[KITH_ERROR_MESSAGE_BYTES];
} kith_error;

/* The code in words, lower case: "not found". Static storage. Any thread. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const char *
kith_status_name(kith_status status);

#ifdef __cplusplus
}
#endif
#endif
