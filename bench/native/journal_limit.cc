// The limit of `journal-append`: memcpy and CRC32C of a record into a mapped, preallocated, touched file. What no
// journal that checks its records can beat.
//   journal_limit FILE RECORD_BYTES COUNT [REPEATS]
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/crc32c.h"
#include "samples.h"

namespace {

std::uint32_t append_all(std::uint8_t* file, const std::uint8_t* record, std::size_t size, std::size_t count) {
  std::uint32_t crc = tcx::kCrcStart;
  for (std::size_t index = 0; index < count; ++index) {
    std::memcpy(file + index * size, record, size);
    crc = tcx::crc32c_extend(crc, file + index * size, size);
    tcx::bench::keep(file[index * size]);
  }
  return crc;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "journal_limit: expected FILE RECORD_BYTES COUNT\n");
    return 2;
  }
  const auto size = static_cast<std::size_t>(std::atoll(argv[2]));
  const auto count = static_cast<std::size_t>(std::atoll(argv[3]));
  const int repeats = argc > 4 ? std::atoi(argv[4]) : 11;
  const int file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || posix_fallocate(file, 0, static_cast<off_t>(size * count)) != 0) {
    std::perror("journal_limit: preallocate");
    return 2;
  }
  void* mapping = mmap(nullptr, size * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (mapping == MAP_FAILED) {
    std::perror("journal_limit: map");
    return 2;
  }
  auto* bytes = static_cast<std::uint8_t*>(mapping);
  std::vector<std::uint8_t> record(size, 0x5a);
  if (append_all(bytes, record.data(), size, 2) != tcx::crc32c_extend(tcx::kCrcStart, bytes, 2 * size)) {
    std::fprintf(stderr, "journal_limit: the checksum of two records is not that of their bytes\n");
    return 1;
  }
  tcx::bench::compare(repeats, {{"memcpy + CRC32C", static_cast<double>(count),
                                 [&] { tcx::bench::keep(append_all(bytes, record.data(), size, count)); }, {}}});
  munmap(mapping, size * count);
  close(file);
  unlink(argv[1]);
  return 0;
}
