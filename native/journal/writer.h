// Appends records to a journal. Lays each record out in the mapped file, seals it, and publishes it by storing its commit
// word; room, durability and page faults are the keeper's. One thread; never allocates, never blocks while there is room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "event/encode.h"
#include "event/event_memory.h"
#include "journal/file_header.h"
#include "journal/keeper.h"

namespace tcx::journal {

inline constexpr std::uint32_t kDispatchFrameCount = 64;
inline constexpr std::size_t kStatisticCount = static_cast<std::size_t>(view::WriterStatistic::Size);

struct WriterOptions {
  std::string path;
  std::uint64_t extent_size = 64u << 20;
  Durability durability = Durability::Interval;
  std::uint32_t interval_ms = 100;
  int helper_cpu = -1;
  const Disk* disk = &real_disk();
};

// The end of the whole records of a journal that is to be continued.
struct Tail {
  std::uint64_t offset = 0;
  Chain chain;
};

// A success count, kind or position, or a negative Status.
using Result = std::int64_t;
inline constexpr Result failure(Status status) noexcept { return static_cast<Result>(status); }

class Writer {
 public:
  // Creates the journal `options.path`: it appears complete with its header, or not at all.
  static Status create(EventMemory& event, const WriterOptions& options, const Identity& identity,
                       std::unique_ptr<Writer>* writer, std::string* detail);
  // Takes an existing journal up at `tail`: cuts what follows, appends the sealed records in `pending`. A crash at any
  // moment leaves a journal that can be taken up again at the same tail.
  static Status resume(EventMemory& event, const WriterOptions& options, const File& locked, const Tail& tail,
                       const std::vector<std::uint8_t>& pending, std::unique_ptr<Writer>* writer, std::string* detail);

  // As if the process died: nothing is synced or cut.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Result offer(const std::uint8_t* frame, std::size_t size) noexcept;
  Result commit() noexcept;
  void abort() noexcept { offered_size_ = 0; }
  Result append_control_time() noexcept;
  Result append_outcome() noexcept;
  Status sync() noexcept;
  // Makes everything durable, cuts the preallocated tail, releases the lock.
  Status close() noexcept;

  void reset_dispatches() noexcept { dispatch_count_ = 0; }
  std::uint8_t* dispatch_frame(std::uint32_t index) noexcept { return dispatch_frames_[index]; }
  double* statistics() noexcept { return statistics_; }
  std::uint64_t offset() const noexcept { return tail_; }
  std::uint64_t position() const noexcept { return chain_.position; }

 private:
  Writer(EventMemory& event, const WriterOptions& options);

  void unmap() noexcept;
  Status begin(const Tail& tail, std::string* detail);
  Status append_pending(const std::vector<std::uint8_t>& pending) noexcept;
  Status room_for(std::uint64_t size) noexcept;
  Status find_room(std::uint64_t end) noexcept;
  Result publish(std::uint64_t size) noexcept;

  EventMemory& event_;
  WriterOptions options_;
  File file_;
  std::uint8_t* base_ = nullptr;
  std::uint64_t reserved_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t room_mark_ = 0;  // appends ending beyond it look at the keeper first
  Chain chain_;
  std::uint32_t offered_size_ = 0;
  std::uint32_t dispatch_count_ = 0;
  bool open_ = false;
  Keeper keeper_;
  alignas(64) double statistics_[kStatisticCount] = {};
  alignas(64) std::uint8_t dispatch_frames_[kDispatchFrameCount][kDispatchBodySize] = {};
};

// Opens and locks an existing journal for writing: Locked when another writer has it.
Status open_locked(const std::string& path, File* file, std::string* detail);

}  // namespace tcx::journal
