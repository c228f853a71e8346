// What the daemon asks of the kernel for its threads and memory. Each call reports 0 or -errno and changes nothing when it
// fails: what an unprivileged daemon may not do it says, and goes on.
#pragma once

#include <cstddef>

namespace tcx::thread {

inline constexpr int kCpusMax = 8192;

// Restricts the calling thread to one CPU. Threads it creates later inherit that: pin last.
[[nodiscard]] int pin(int cpu) noexcept;
// Fills `cpus` with the CPUs the calling thread may run on, ascending. Returns how many there are, or -errno.
[[nodiscard]] int allowed_cpus(int* cpus, std::size_t capacity) noexcept;
// Locks every page in memory, now and as pages are first touched. Refused with -EPERM where RLIMIT_MEMLOCK would make a
// later mapping fail: a daemon that starts and then dies of its own lock is worse than one that pages.
[[nodiscard]] int lock_memory() noexcept;
// How late the kernel may wake the calling thread, in ns (50 µs unless set).
[[nodiscard]] int set_timer_slack(long ns) noexcept;
// Real-time scheduling for the calling thread; its children start without it.
[[nodiscard]] int set_fifo(int priority) noexcept;
// Lets another runnable thread of this CPU go first.
void yield() noexcept;
// No core dump and no ptrace by others: the process's memory holds tokens and keys.
[[nodiscard]] int disable_core_dump() noexcept;

}  // namespace tcx::thread
