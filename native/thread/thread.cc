// Thin, honest wrappers of the Linux calls in thread.h. Never retried, never hidden.
#include "thread/thread.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace tcx::thread {
namespace {

constexpr std::size_t kSetCount = kCpusMax / CPU_SETSIZE;
constexpr std::size_t kSetSize = kSetCount * sizeof(cpu_set_t);

int result(long returned) noexcept { return returned == 0 ? 0 : -errno; }

// The kernel's own question when a mapping would exceed RLIMIT_MEMLOCK.
bool may_lock_without_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  return (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

}  // namespace

int pin(int cpu) noexcept {
  if (cpu < 0 || cpu >= kCpusMax) return -EINVAL;
  cpu_set_t set[kSetCount]{};
  CPU_SET_S(static_cast<std::size_t>(cpu), kSetSize, set);
  return result(sched_setaffinity(0, kSetSize, set));
}

int allowed_cpus(int* cpus, std::size_t capacity) noexcept {
  cpu_set_t set[kSetCount]{};
  if (sched_getaffinity(0, kSetSize, set) != 0) return -errno;
  std::size_t count = 0;
  for (int cpu = 0; cpu < kCpusMax && count < capacity; ++cpu) {
    if (CPU_ISSET_S(static_cast<std::size_t>(cpu), kSetSize, set)) cpus[count++] = cpu;
  }
  return static_cast<int>(count);
}

// MCL_ONFAULT: the journal maps its file far ahead of what it has written, and locking that whole would read and pin it.
int lock_memory() noexcept {
  if (!may_lock_without_limit()) return -EPERM;
  return result(mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
}

int set_timer_slack(long ns) noexcept {
  if (ns <= 0) return -EINVAL;
  return result(prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0));
}

int set_fifo(int priority) noexcept {
  sched_param parameters{};
  parameters.sched_priority = priority;
  return result(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters));
}

void yield() noexcept { sched_yield(); }

int disable_core_dump() noexcept { return result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }

}  // namespace tcx::thread
