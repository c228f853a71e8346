// Reads a journal record by record into EventMemory, finds positions, and verifies whole files. Never writes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "event/event_memory.h"
#include "journal/cursor.h"

namespace tcx::journal {

class Reader {
 public:
  static Status open(EventMemory& event, const std::string& path, Schema schema, std::unique_ptr<Reader>* reader,
                     std::string* detail);

  // Decodes the next record into the input view. Ok, or what ended the walk.
  Status next() noexcept;
  // The next `next()` gives the record at `position`. NotFound when there is none (yet).
  Status seek(std::uint64_t position) noexcept;
  // Walks and decodes the whole file apart from the iteration. Returns the last good position; `fault()` says what ended
  // the walk, End for a sound journal.
  std::uint64_t verify() noexcept;

  const Fault& fault() const noexcept { return fault_; }
  const JournalFile& file() const noexcept { return file_; }
  Cursor& cursor() noexcept { return cursor_; }
  // Decodes the cursor's current record.
  Status decode_current() noexcept;
  // Remembers the cursor's fault as the reader's.
  Status take_fault(Status status) noexcept;
  // Takes EventMemory::body back once the window it points into holds something else.
  void release_body() noexcept;
  // Ends reading and takes EventMemory::body back.
  void close() noexcept;
  ~Reader() { close(); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  Reader(EventMemory& event, JournalFile&& file);
  void remember() noexcept;

  EventMemory& event_;
  JournalFile file_;
  Cursor cursor_;
  std::vector<Tail> index_;  // entry i: before the record at position i * kIndexStride + 1
  Fault fault_;
  const std::uint8_t* body_ = nullptr;  // what this reader last put into EventMemory::body
  std::uint64_t body_generation_ = 0;
  bool open_ = true;
};

// Decodes a checked record into `memory`, all slots but none of the caller's business left out.
Status decode_record(const Record& record, const std::uint8_t* body, EventMemory& memory) noexcept;

}  // namespace tcx::journal
