// Walks the records of a journal forward, checking each completely before it is given out, and names what ends the walk.
// Knows nothing of Events beyond their kind; runs over any bytes.
#pragma once

#include <cstdint>
#include <string>

#include "journal/file_header.h"
#include "journal/read_window.h"
#include "journal/writer.h"

namespace tcx::journal {

// What is known of a file from its header and its inode; shared by the cursors over it.
struct JournalFile {
  File file;
  std::string path;
  FileHeader header;
  std::uint64_t size = 0;
  // Last written before this machine booted: then its unsynced pages reached the disk in any order, or not at all.
  bool written_before_boot = false;

  // Rereads the synced fields, which advance while the file is written. True when they changed.
  bool refresh() noexcept;
};

enum class Schema : std::uint8_t { Same, Any };

// Opens and judges a journal: NotFound, Permission, Empty, Foreign, FormatVersion, SchemaHash, Truncated, Corrupt.
Status open_journal(const std::string& path, Schema schema, JournalFile* file, std::string* detail);

// What ended a walk: `position` is the one expected at `offset`.
struct Fault {
  Status status = Status::Ok;
  std::uint64_t offset = 0;
  std::uint64_t position = 0;
  std::string detail;
};

class Cursor {
 public:
  // Starts before the first record.
  explicit Cursor(JournalFile& file) noexcept;

  // Checks the next record and steps over it. Ok: `record()` and `bytes()` are the record. End: none yet; may be asked
  // again while the file is written. Else: `fault()`.
  Status next() noexcept;
  // Steps over the next record without checking it when its bytes equal `expected`, which then chains on. False
  // otherwise, with the cursor where it was.
  bool skip_equal(const std::uint8_t* expected, std::uint32_t size, const Chain& after) noexcept;

  const Record& record() const noexcept { return record_; }
  const std::uint8_t* bytes() const noexcept { return bytes_; }
  const std::uint8_t* body() const noexcept { return bytes_ + kRecordHeaderSize; }
  // Where the next record begins, and what it continues.
  Tail tail() const noexcept { return {offset_, chain_}; }
  void move_to(const Tail& tail) noexcept;
  // Counts the moments at which `bytes()` handed out before became void.
  std::uint64_t generation() const noexcept { return window_.generation(); }
  const Fault& fault() const noexcept { return fault_; }
  // The current record turned out unusable for a reason beyond this class.
  Status reject_current(const char* what, Status reason) noexcept;

 private:
  // What is wrong with the bytes at the cursor, before it is judged what that means.
  enum class Flaw : std::uint8_t {
    None, Unpublished, Cut, Size, Position, Checksum, Padding, Time, Kind, Cause, Unreadable
  };

  Flaw examine() noexcept;
  void advance() noexcept;
  Status check_synced() noexcept;
  Record peek() noexcept;
  Status judge(Flaw flaw) noexcept;
  Status judge_unpublished() noexcept;
  Status judge_end() noexcept;
  bool has_follower(const Record& record) noexcept;
  bool is_follower(std::uint64_t offset, std::uint32_t seed) noexcept;
  Status end_with(Status status, std::string detail) noexcept;

  JournalFile& file_;
  ReadWindow window_;
  std::uint64_t offset_;
  Chain chain_;
  std::uint64_t synced_check_;  // offset from which check_synced has to look
  Record record_{};
  const std::uint8_t* bytes_ = nullptr;
  std::uint64_t record_offset_ = 0;
  Chain before_;  // the chain before the current record
  Fault fault_;
};

}  // namespace tcx::journal
