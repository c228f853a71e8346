// The journal's second thread. Ahead of the writer it gives the file real blocks and touches their pages, so that an
// append never grows the file, never faults and never meets a full disk; behind the writer it makes records durable and
// lets old pages go. It never writes a record.
#pragma once

#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cstdint>

#include "base/status.h"
#include "journal/disk.h"

namespace tcx::journal {

enum class Durability : std::uint8_t { Process, Interval, Dispatch };

// Whole extents kept allocated beyond the one being written: when the disk is found full, one and more remain.
inline constexpr std::uint64_t kExtentsAhead = 2;

class Keeper {
 public:
  struct Plan {
    int descriptor = -1;
    std::uint8_t* base = nullptr;     // the mapping of the whole file
    std::uint64_t reserved = 0;       // bytes of the mapping: the file never grows beyond
    std::uint64_t extent_size = 0;
    std::uint64_t tail = 0;           // first free byte; everything before it is on disk
    std::uint64_t position = 0;       // of the last record before tail
    Durability durability = Durability::Interval;
    std::uint32_t interval_ms = 0;
    int cpu = -1;
    const Disk* disk = nullptr;
    double* statistics = nullptr;     // WriterStatistic
  };

  Keeper() noexcept = default;
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  ~Keeper() { stop(); }

  // Starts the thread and waits until the first extent can be written to.
  Status start(const Plan& plan) noexcept;
  // Ends the thread after its current turn. Nothing more is synced or allocated.
  void stop() noexcept;

  // The writer's side. First byte that may not be written yet.
  std::uint64_t writable_end() const noexcept { return writable_end_.load(std::memory_order_acquire); }
  // Tells that the record starting at `offset` is committed.
  void publish(std::uint64_t offset) noexcept { last_record_.store(offset, std::memory_order_release); }
  void wake() noexcept { sem_post(&wake_); }
  // Waits until bytes up to `end` may be written; the reason when that will not be.
  Status make_room(std::uint64_t end) noexcept;
  // Waits until every record published so far is on disk; `end` is the end of the last one.
  Status sync(std::uint64_t end) noexcept;

 private:
  struct Mark {
    std::uint64_t end = 0;
    std::uint64_t position = 0;
  };

  static void* run_thread(void* keeper) noexcept;
  void run() noexcept;
  void wait_for_turn() noexcept;
  Mark sample() const noexcept;
  void keep_room(std::uint64_t tail) noexcept;
  void keep_durable(const Mark& now) noexcept;
  void flush(const Mark& until) noexcept;
  void keep_warm(std::uint64_t tail) noexcept;
  void drop_behind(std::uint64_t tail) noexcept;
  void touch(std::uint64_t from, std::uint64_t to) noexcept;
  void finish_turn() noexcept;
  void report_failure() noexcept;

  Plan plan_;
  pthread_t thread_{};
  bool running_ = false;
  sem_t wake_{};
  std::uint64_t tick_ns_ = 0;
  std::uint64_t cycle_ns_ = 0;

  // Keeper's own.
  Mark synced_;
  Mark last_;            // sample of the previous turn
  Mark stable_;          // latest sample whose bytes lie in pages the writer has left
  std::uint64_t next_sync_ns_ = 0;
  std::uint64_t dropped_end_ = 0;
  std::uint64_t sync_count_ = 0;
  double sync_time_max_ = 0;
  std::uint64_t extents_ = 0;
  bool populate_supported_ = true;

  // Written by the keeper, read by the writer with acquire.
  alignas(64) std::atomic<std::uint64_t> writable_end_{0};  // pairs with writable_end(): the pages exist
  std::atomic<std::uint64_t> synced_end_{0};                // pairs with sync(): the bytes are on disk
  std::atomic<Status> room_failure_{Status::Ok};            // why the last allocation failed; Ok again once one works
  std::atomic<Status> sync_failure_{Status::Ok};            // sticky: after a failed sync nothing is known of the pages
  std::atomic<std::uint32_t> turn_{0};                      // counts turns; make_room() and sync() wait on it
  // Written by the writer, read by the keeper with acquire.
  alignas(64) std::atomic<std::uint64_t> last_record_{0};   // pairs with publish(): the record's bytes are whole
  std::atomic<std::uint64_t> wanted_end_{0};                // make_room()'s request
  std::atomic<std::uint64_t> requested_end_{0};             // sync()'s request
  std::atomic<bool> stopping_{false};
};

}  // namespace tcx::journal
