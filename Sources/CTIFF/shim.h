#include <stdarg.h>
#include <stdio.h>
#include <tiffio.h>

// Swift can call no function that takes a variable number of arguments: here they are with a fixed one.

/// What libtiff said first went wrong with one file; empty where nothing did.
typedef struct {
  char text[256];
} CTIFFMessage;

static inline int ctiff_keep_first(TIFF *file, void *message, const char *module, const char *format,
                                   va_list arguments) {
  (void)file;
  (void)module;
  CTIFFMessage *kept = (CTIFFMessage *)message;
  if (kept->text[0] == 0) vsnprintf(kept->text, sizeof kept->text, format, arguments);
  return 1;  // nothing is printed
}

static inline int ctiff_ignore(TIFF *file, void *message, const char *module, const char *format,
                               va_list arguments) {
  (void)file;
  (void)message;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

/// Has errors kept in `message`, which must live as long as the file is open, and warnings dropped.
static inline void ctiff_set_handlers(TIFFOpenOptions *options, CTIFFMessage *message) {
  TIFFOpenOptionsSetErrorHandlerExtR(options, ctiff_keep_first, message);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ctiff_ignore, NULL);
}

/// For tags whose values are of 16 bits.
static inline int ctiff_get_16(TIFF *file, uint32_t tag, uint16_t *value) {
  return TIFFGetFieldDefaulted(file, tag, value);
}

/// For tags whose values are of 32 bits.
static inline int ctiff_get_32(TIFF *file, uint32_t tag, uint32_t *value) {
  return TIFFGetFieldDefaulted(file, tag, value);
}

/// The meaning of the first sample beyond the colours; nothing where there is none.
static inline int ctiff_get_first_extra(TIFF *file, uint16_t *value) {
  uint16_t count = 0;
  uint16_t *kinds = NULL;
  if (!TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &count, &kinds) || count == 0) return 0;
  *value = kinds[0];
  return 1;
}

static inline int ctiff_set(TIFF *file, uint32_t tag, int value) {
  return TIFFSetField(file, tag, value);
}
