#ifndef CREDITMETER_BUNDLED_BYTES_H
#define CREDITMETER_BUNDLED_BYTES_H

#include <stddef.h>

/// A file of the project that the binary carries, byte for byte.
typedef struct {
  /// Its path in the project.
  const char *path;
  const unsigned char *bytes;
  size_t count;
} bundled_file;

/// The file of that path, or null.
const bundled_file *bundled_file_at(const char *path);

#endif
