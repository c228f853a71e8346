// The calls a journal makes to the operating system, and the only place they can be made to fail in a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace tcx::journal {

// Owns a file descriptor.
class File {
 public:
  File() noexcept = default;
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.release()) {}
  File& operator=(File&& other) noexcept;
  ~File() { close(); }

  int descriptor() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  int release() noexcept;
  void close() noexcept;

 private:
  int descriptor_ = -1;
};

// The calls that a full or failing disk answers with an error. Each returns 0 or an errno.
struct Disk {
  // Gives [offset, offset + size) real blocks and extends the file over them.
  int (*allocate)(int descriptor, std::uint64_t offset, std::uint64_t size) noexcept;
  // Writes [address, address + size) of a shared mapping to stable storage.
  int (*sync)(void* address, std::size_t size) noexcept;
};
const Disk& real_disk() noexcept;

// pread / pwrite of exactly `size` bytes; returns an errno. read_at also succeeds short at the end of the file.
int read_at(int descriptor, std::uint64_t offset, void* bytes, std::size_t size, std::size_t* count) noexcept;
int write_at(int descriptor, std::uint64_t offset, const void* bytes, std::size_t size) noexcept;
// Makes the directory entry of `path` durable. Returns an errno.
int sync_directory_of(const std::string& path) noexcept;

// Fills `detail` with "verb path: reason" and returns the status of `error`.
Status failed(const char* verb, const std::string& path, int error, std::string* detail);

}  // namespace tcx::journal
