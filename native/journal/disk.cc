// System calls with EINTR and short counts dealt with. No policy: callers decide what an error means.
#include "journal/disk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tcx::journal {
namespace {

// Blocks for real on file systems without fallocate: zeros, written.
int allocate_by_writing(int descriptor, std::uint64_t offset, std::uint64_t size) noexcept {
  static constexpr std::array<std::uint8_t, 65536> zeros{};
  for (std::uint64_t done = 0; done < size;) {
    const std::size_t piece = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), size - done));
    const int error = write_at(descriptor, offset + done, zeros.data(), piece);
    if (error != 0) return error;
    done += piece;
  }
  return 0;
}

int allocate_real(int descriptor, std::uint64_t offset, std::uint64_t size) noexcept {
  for (;;) {
    if (fallocate(descriptor, 0, static_cast<off_t>(offset), static_cast<off_t>(size)) == 0) return 0;
    if (errno == EOPNOTSUPP || errno == ENOSYS) return allocate_by_writing(descriptor, offset, size);
    if (errno != EINTR) return errno;
  }
}

int sync_real(void* address, std::size_t size) noexcept { return msync(address, size, MS_SYNC) == 0 ? 0 : errno; }

}  // namespace

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = other.release();
  }
  return *this;
}

int File::release() noexcept { return std::exchange(descriptor_, -1); }

void File::close() noexcept {
  if (descriptor_ >= 0) ::close(release());
}

const Disk& real_disk() noexcept {
  static constexpr Disk disk{allocate_real, sync_real};
  return disk;
}

int read_at(int descriptor, std::uint64_t offset, void* bytes, std::size_t size, std::size_t* count) noexcept {
  *count = 0;
  while (*count < size) {
    const ssize_t read = pread(descriptor, static_cast<std::uint8_t*>(bytes) + *count, size - *count,
                               static_cast<off_t>(offset + *count));
    if (read == 0) return 0;
    if (read > 0) *count += static_cast<std::size_t>(read);
    if (read < 0 && errno != EINTR) return errno;
  }
  return 0;
}

int write_at(int descriptor, std::uint64_t offset, const void* bytes, std::size_t size) noexcept {
  for (std::size_t done = 0; done < size;) {
    const ssize_t wrote = pwrite(descriptor, static_cast<const std::uint8_t*>(bytes) + done, size - done,
                                 static_cast<off_t>(offset + done));
    if (wrote >= 0) done += static_cast<std::size_t>(wrote);
    if (wrote < 0 && errno != EINTR) return errno;
  }
  return 0;
}

int sync_directory_of(const std::string& path) noexcept {
  const std::size_t slash = path.find_last_of('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return errno;
  return fsync(opened.descriptor()) == 0 ? 0 : errno;
}

Status failed(const char* verb, const std::string& path, int error, std::string* detail) {
  std::array<char, 128> text{};
  *detail = std::string(verb) + " " + path + ": " + strerror_r(error, text.data(), text.size());
  return status_of_errno(error);
}

}  // namespace tcx::journal
