// Turns of the keeper: room, durability, warmth, forgetting. A turn comes every few milliseconds, or at once when the
// writer asks. All signals are blocked here, so that a file size limit answers with EFBIG instead of killing the process.
#include "journal/keeper.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "journal/file_header.h"
#include "journal/format.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace tcx::journal {
namespace {

using view::WriterStatistic;

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kTickMax = 10 * kMillisecond;
constexpr std::uint64_t kWarmSize = 256 * 1024;      // bytes ahead of the tail kept writable without a fault
constexpr std::uint64_t kKeptBehind = 8u << 20;      // bytes behind the tail that stay mapped in
constexpr std::uint64_t kDropStep = 1u << 20;

std::uint64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

constexpr std::uint64_t page_floor(std::uint64_t offset) noexcept { return offset & ~std::uint64_t{kPageSize - 1}; }
constexpr std::uint64_t page_ceiling(std::uint64_t offset) noexcept { return page_floor(offset + kPageSize - 1); }
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) noexcept {
  return (value + unit - 1) / unit * unit;
}

// Statistics are read by TypeScript, perhaps from another thread: single 8-byte stores, no order promised.
void report(double* statistics, WriterStatistic name, double value) noexcept {
  std::atomic_ref<double>(statistics[static_cast<std::size_t>(name)]).store(value, std::memory_order_relaxed);
}

}  // namespace

Status Keeper::start(const Plan& plan) noexcept {
  plan_ = plan;
  synced_ = last_ = stable_ = {plan.tail, plan.position};
  synced_end_.store(plan.tail, std::memory_order_relaxed);
  writable_end_.store(plan.tail, std::memory_order_relaxed);
  dropped_end_ = page_floor(plan.tail);
  const std::uint64_t interval_ns = std::max<std::uint64_t>(plan.interval_ms, 1) * kMillisecond;
  // Two cycles make an interval: a record may be left out of one cycle (keep_durable), never of two.
  cycle_ns_ = interval_ns / 2;
  tick_ns_ = std::clamp(interval_ns / 8, kMillisecond, kTickMax);
  next_sync_ns_ = now_ns() + cycle_ns_;
  report(plan.statistics, WriterStatistic::SyncedOffset, static_cast<double>(plan.tail));
  report(plan.statistics, WriterStatistic::SyncedPosition, static_cast<double>(plan.position));
  if (sem_init(&wake_, 0, 0) != 0) return Status::Io;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, nullptr, run_thread, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return status_of_errno(error);
  running_ = true;
  return make_room(plan.tail + 1);
}

void Keeper::stop() noexcept {
  if (!running_) return;
  stopping_.store(true, std::memory_order_release);
  wake();
  pthread_join(thread_, nullptr);
  sem_destroy(&wake_);
  running_ = false;
}

Status Keeper::make_room(std::uint64_t end) noexcept {
  wanted_end_.store(end, std::memory_order_release);
  for (;;) {
    const std::uint32_t turn = turn_.load(std::memory_order_acquire);
    if (end <= writable_end()) return Status::Ok;
    const Status failure = room_failure_.load(std::memory_order_acquire);
    if (failure != Status::Ok) return failure;
    wake();
    turn_.wait(turn, std::memory_order_acquire);
  }
}

Status Keeper::sync(std::uint64_t end) noexcept {
  requested_end_.store(end, std::memory_order_release);
  bool asked = false;
  for (;;) {
    const std::uint32_t turn = turn_.load(std::memory_order_acquire);
    const Status failure = sync_failure_.load(std::memory_order_acquire);
    if (failure != Status::Ok) return failure;
    if (end <= synced_end_.load(std::memory_order_acquire)) return Status::Ok;
    if (!asked) wake();
    asked = true;
    turn_.wait(turn, std::memory_order_acquire);
  }
}

void* Keeper::run_thread(void* keeper) noexcept {
  static_cast<Keeper*>(keeper)->run();
  return nullptr;
}

void Keeper::run() noexcept {
  pthread_setname_np(pthread_self(), "tcx-journal");
  if (plan_.cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<std::size_t>(plan_.cpu), &cpus);
    pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
  }
  while (!stopping_.load(std::memory_order_acquire)) {
    const Mark now = sample();
    keep_room(now.end);
    keep_durable(now);
    keep_warm(now.end);
    drop_behind(now.end);
    finish_turn();
    wait_for_turn();
  }
}

void Keeper::wait_for_turn() noexcept {
  const std::uint64_t until = now_ns() + tick_ns_;
  const timespec deadline{static_cast<time_t>(until / 1'000'000'000), static_cast<long>(until % 1'000'000'000)};
  while (sem_clockwait(&wake_, CLOCK_MONOTONIC, &deadline) != 0 && errno == EINTR) {
  }
  while (sem_trywait(&wake_) == 0) {  // several requests, one turn
  }
}

void Keeper::finish_turn() noexcept {
  turn_.fetch_add(1, std::memory_order_release);
  turn_.notify_all();
}

Keeper::Mark Keeper::sample() const noexcept {
  const std::uint64_t offset = last_record_.load(std::memory_order_acquire);
  if (offset == 0) return last_;
  const Record record = load_record(plan_.base + offset);
  return {offset + record.size, record.position};
}

void Keeper::keep_room(std::uint64_t tail) noexcept {
  const std::uint64_t extent = plan_.extent_size;
  const std::uint64_t wanted = std::max(tail, wanted_end_.load(std::memory_order_acquire));
  const std::uint64_t target = std::min(round_up(wanted, extent) + kExtentsAhead * extent, plan_.reserved);
  std::uint64_t end = writable_end_.load(std::memory_order_relaxed);
  int error = end + extent > plan_.reserved ? EFBIG : 0;
  while (error == 0 && end < target) {
    const std::uint64_t next = std::min(end / extent * extent + extent, plan_.reserved);
    error = plan_.disk->allocate(plan_.descriptor, end, next - end);
    if (error != 0) break;
    touch(page_floor(end), next);
    end = next;
    extents_++;
    writable_end_.store(end, std::memory_order_release);
    report(plan_.statistics, WriterStatistic::AllocatedBytes, static_cast<double>(end));
    report(plan_.statistics, WriterStatistic::PretouchedBytes, static_cast<double>(end));
    report(plan_.statistics, WriterStatistic::ExtentsAllocated, static_cast<double>(extents_));
    // A writer waiting for room goes on now, not when all extents are there.
    finish_turn();
  }
  room_failure_.store(status_of_errno(error), std::memory_order_release);
  report_failure();
}

void Keeper::report_failure() noexcept {
  const Status sync_failure = sync_failure_.load(std::memory_order_relaxed);
  const Status failure = sync_failure != Status::Ok ? sync_failure : room_failure_.load(std::memory_order_relaxed);
  report(plan_.statistics, WriterStatistic::Failure, static_cast<double>(failure));
}

// A page being synced is write-protected, and the next write to it faults: so the page under the writer is left out of a
// cycle, unless nothing else is left to sync, which bounds the delay to two cycles.
void Keeper::keep_durable(const Mark& now) noexcept {
  if (page_floor(now.end) >= last_.end) stable_ = last_;
  last_ = now;
  if (sync_failure_.load(std::memory_order_relaxed) != Status::Ok || now.end == synced_.end) return;
  if (requested_end_.load(std::memory_order_acquire) > synced_.end) {
    flush(now);
    return;
  }
  if (plan_.durability == Durability::Process || now_ns() < next_sync_ns_) return;
  flush(stable_.end > synced_.end ? stable_ : now);
  next_sync_ns_ = now_ns() + cycle_ns_;
}

void Keeper::flush(const Mark& until) noexcept {
  const std::uint64_t started = now_ns();
  // The header page holds the previous cycle's synced fields; its write rides on this cycle's barrier. Where this call
  // is missing they only reach the disk later, which errs on the safe side.
  sync_file_range(plan_.descriptor, 0, kFileHeaderSize, SYNC_FILE_RANGE_WRITE);
  const std::uint64_t from = page_floor(synced_.end);
  const std::uint64_t to = page_ceiling(until.end);
  const int error = plan_.disk->sync(plan_.base + from, to - from);
  if (error != 0) {
    sync_failure_.store(status_of_errno(error), std::memory_order_release);
    report_failure();
    return;
  }
  touch(to - kPageSize, to);
  // Position first: a crash between the two stores leaves an offset whose records are all on disk (reader.cc relies on it).
  auto* position = reinterpret_cast<std::uint64_t*>(plan_.base + kSyncedPositionAt);
  auto* offset = reinterpret_cast<std::uint64_t*>(plan_.base + kSyncedOffsetAt);
  std::atomic_ref<std::uint64_t>(*position).store(until.position, std::memory_order_release);
  std::atomic_ref<std::uint64_t>(*offset).store(until.end, std::memory_order_release);
  synced_ = until;
  synced_end_.store(until.end, std::memory_order_release);
  const auto elapsed = static_cast<double>(now_ns() - started);
  sync_count_++;
  sync_time_max_ = std::max(sync_time_max_, elapsed);
  report(plan_.statistics, WriterStatistic::SyncedOffset, static_cast<double>(until.end));
  report(plan_.statistics, WriterStatistic::SyncedPosition, static_cast<double>(until.position));
  report(plan_.statistics, WriterStatistic::SyncCount, static_cast<double>(sync_count_));
  report(plan_.statistics, WriterStatistic::SyncTimeLast, elapsed);
  report(plan_.statistics, WriterStatistic::SyncTimeMax, sync_time_max_);
}

// The kernel writes dirty pages back on its own after a while, which write-protects them again.
void Keeper::keep_warm(std::uint64_t tail) noexcept {
  const std::uint64_t end = std::min(page_ceiling(tail + kWarmSize), page_floor(writable_end()));
  if (end > page_floor(tail)) touch(page_floor(tail), end);
}

void Keeper::drop_behind(std::uint64_t tail) noexcept {
  if (tail < kKeptBehind + kPageSize) return;
  const std::uint64_t end = page_floor(tail - kKeptBehind);
  if (end < dropped_end_ + kDropStep) return;
  const std::uint64_t from = std::max<std::uint64_t>(dropped_end_, kFileHeaderSize);
  munlock(plan_.base + from, end - from);  // a locked page cannot be let go
  madvise(plan_.base + from, end - from, MADV_DONTNEED);
  dropped_end_ = end;
}

// Makes the pages of [from, to) present and writable without changing a byte, also under a concurrent writer.
void Keeper::touch(std::uint64_t from, std::uint64_t to) noexcept {
  if (populate_supported_) {
    if (madvise(plan_.base + from, page_ceiling(to) - from, MADV_POPULATE_WRITE) == 0) return;
    populate_supported_ = errno != EINVAL;
  }
  for (std::uint64_t page = from; page < to; page += kPageSize) {
    auto* word = reinterpret_cast<std::uint32_t*>(plan_.base + page);
    std::atomic_ref<std::uint32_t>(*word).fetch_or(0, std::memory_order_relaxed);
  }
}

}  // namespace tcx::journal
