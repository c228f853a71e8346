// Reads the host's clocks through the vDSO: no system call. It must never be called by anything that decides.
#include "clock/clock.h"

#include <ctime>

#include <cassert>

namespace tcx::clock {
namespace {

std::int64_t read(clockid_t id) noexcept {
  timespec now{};
  [[maybe_unused]] const int failed = clock_gettime(id, &now);
  assert(failed == 0 && "Invariant: the host has CLOCK_REALTIME and CLOCK_MONOTONIC");
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t unix_ns() noexcept { return read(CLOCK_REALTIME); }
std::int64_t monotonic_ns() noexcept { return read(CLOCK_MONOTONIC); }

}  // namespace tcx::clock
