/* gmime_parts.c - what GMime's set-up asks for and reading a message does without: OpenPGP, S/MIME and
 * files of GIO. Linked with GMime's archive alone (meson.build), whose own parts of these names the
 * linker then leaves out, and with them GPGME and GIO, which take longer to load than a message takes to
 * read (docs/decisions/107). An archive that wants more of these parts does not link, and the shared
 * library is taken.
 * A context that is NULL is one that GMime has not: it then says that a signature cannot be verified.
 * Nothing in kith asks it to. */
#include <gmime/gmime.h>

const char *gpgme_check_version_internal(const char *wanted, size_t signature_offset);

const char *gpgme_check_version_internal(const char *wanted, size_t signature_offset)
{
    (void)wanted;
    (void)signature_offset;
    return NULL; // as of a GPGME that is too old; its result is not looked at
}

GType g_mime_gpg_context_get_type(void)
{
    return G_TYPE_INVALID;
}

GMimeCryptoContext *g_mime_gpg_context_new(void)
{
    return NULL;
}

GType g_mime_pkcs7_context_get_type(void)
{
    return G_TYPE_INVALID;
}

GMimeCryptoContext *g_mime_pkcs7_context_new(void)
{
    return NULL;
}

GType g_mime_stream_gio_get_type(void)
{
    return G_TYPE_INVALID;
}
