// Filling the window: page-aligned, as much as it holds; larger only for the rare record that needs it.
#include "journal/read_window.h"

#include <algorithm>

#include "journal/format.h"

namespace tcx::journal {
namespace {

constexpr std::size_t kWindowSize = 256 * 1024;  // small enough to stay in the second-level cache

}  // namespace

const std::uint8_t* ReadWindow::load(std::uint64_t offset, std::size_t size) noexcept {
  fill(offset, size);
  if (offset + size > end_) return nullptr;
  return bytes_.get() + (offset - start_);
}

std::size_t ReadWindow::available(std::uint64_t offset, std::size_t size) noexcept {
  fill(offset, size);
  return end_ <= offset ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(end_ - offset, size));
}

void ReadWindow::fill(std::uint64_t offset, std::size_t size) noexcept {
  const std::uint64_t start = offset / kPageSize * kPageSize;
  const std::size_t needed = static_cast<std::size_t>(offset - start) + size;
  if (needed > capacity_) {
    capacity_ = std::max(kWindowSize, (needed + kPageSize - 1) / kPageSize * kPageSize);
    bytes_.reset(new std::uint8_t[capacity_]);
  }
  generation_++;
  std::size_t count = 0;
  const int error = read_at(descriptor_, start, bytes_.get(), capacity_, &count);
  status_ = status_of_errno(error);
  start_ = start;
  end_ = start + count;
}

}  // namespace tcx::journal
