// A window of a file in memory, filled by system calls and not by mapping: a journal may shrink while it is read (a writer
// cuts its preallocated tail when it closes), and a mapping would answer that with SIGBUS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/status.h"
#include "journal/disk.h"

namespace tcx::journal {

class ReadWindow {
 public:
  // `descriptor` stays open at least as long as the window.
  explicit ReadWindow(int descriptor) noexcept : descriptor_(descriptor) {}

  // The `size` bytes at `offset`, 8-aligned as the file offset is, valid until the next call; null when the file does not
  // have them all, or on an error (`status`).
  const std::uint8_t* at(std::uint64_t offset, std::size_t size) noexcept {
    if (offset >= start_ && size <= end_ - start_ && offset - start_ <= end_ - start_ - size) {
      return bytes_.get() + (offset - start_);
    }
    return load(offset, size);
  }
  // Forgets what is in memory: the next `at` reads the file as it is then.
  void invalidate() noexcept { end_ = start_ = 0; }
  // Bytes in the file from `offset` on, at most `size`, as many as there are now.
  std::size_t available(std::uint64_t offset, std::size_t size) noexcept;
  Status status() const noexcept { return status_; }
  // Counts fills: pointers obtained under another count are void.
  std::uint64_t generation() const noexcept { return generation_; }

 private:
  const std::uint8_t* load(std::uint64_t offset, std::size_t size) noexcept;
  void fill(std::uint64_t offset, std::size_t size) noexcept;

  int descriptor_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t generation_ = 0;
  Status status_ = Status::Ok;
};

}  // namespace tcx::journal
