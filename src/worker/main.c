/* main.c - kith-extract NAME: parses one HTML, PDF, Office or EPUB file without rights. The library
 * starts one process for each such file; it is no command for people. */
#include "extract/encoding.h"
#include "extract/extract_foreign.h"
#include "worker/worker.h"

int main(int count, char **arguments)
{
    return worker_run(count, arguments, extract_foreign, encoding_needs_converter);
}
