// Reads, verifies, seeks, replays and recovers an arbitrary journal. The input is the file behind a sound header page, or,
// when its first byte is odd, the whole file; in half of the cases checksums are made good, so that the fuzzer reaches
// what lies behind them.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/integers.h"
#include "journal/reader.h"
#include "journal/replay.h"

namespace {

using namespace tcx::journal;

std::vector<std::uint8_t> make_file(const std::uint8_t* bytes, std::size_t size) {
  const std::uint8_t mode = bytes[0];
  if ((mode & 1) != 0) return {bytes + 1, bytes + size};
  Identity identity;
  identity.schema_hash = build_schema_hash();
  identity.session_id = "fuzz";
  const HeaderPage page = make_header_page(identity, kPageSize);
  std::vector<std::uint8_t> file(page.begin(), page.end());
  file.insert(file.end(), bytes + 1, bytes + size);
  if ((mode & 2) == 0) return file;
  Chain chain{header_of(page).created_crc(), 0, 0};
  for (std::size_t at = kFileHeaderSize; at + kRecordHeaderSize <= file.size();) {
    Record record = load_record(&file[at]);
    record.body_size %= 512;
    if (at + record_size(record.body_size) > file.size() || record.body_size == 0) break;
    const std::uint32_t sealed = seal_record(&file[at], record, chain);
    std::memcpy(&file[at], &sealed, sizeof sealed);
    at += sealed;
  }
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto memory = std::make_unique<tcx::EventMemory>();
  static const std::string path = "/dev/shm/tcx-journal-fuzz-" + std::to_string(getpid());
  if (size < 2) return 0;
  const std::vector<std::uint8_t> file = make_file(bytes, size);
  const int descriptor = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (descriptor < 0) return 0;
  write_at(descriptor, 0, file.data(), file.size());
  close(descriptor);
  std::string detail;
  std::unique_ptr<Reader> reader;
  if (Reader::open(*memory, path, Schema::Any, &reader, &detail) == tcx::Status::Ok) {
    const std::uint64_t good = reader->verify();
    reader->seek(good);
    while (reader->next() == tcx::Status::Ok) {
    }
    std::unique_ptr<Replay> replay;
    if (Replay::open(*memory, path, "", Schema::Any, &replay, &detail) == tcx::Status::Ok) {
      memory->outcome[tcx::slot(tcx::Slot::Kind)] = 30;
      while (replay->next_input() == tcx::Status::Ok) {
        memory->outcome[tcx::slot(tcx::Slot::Time)] = memory->input[tcx::slot(tcx::Slot::Time)];
        replay->append_outcome();
      }
    }
  }
  unlink(path.c_str());
  return 0;
}
