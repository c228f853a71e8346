// Clock, thread and peer-credential calls against the real kernel, each on a thread of its own where it leaves a mark.
#include "thread/thread.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <thread>
#include <vector>

#include "clock/clock.h"
#include "thread/peer_credentials.h"

namespace tcx::thread {
namespace {

std::vector<int> allowed() {
  std::vector<int> cpus(kCpusMax);
  const int count = allowed_cpus(cpus.data(), cpus.size());
  EXPECT_GT(count, 0);
  cpus.resize(static_cast<std::size_t>(count));
  return cpus;
}

// The exit code of `body` run in a child process: for what would mark this one for good.
template <typename Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Clock, UnixTimeIsTheHostsAndMonotonicNeverDecreases) {
  const std::int64_t seconds = clock::unix_ns() / 1'000'000'000;
  EXPECT_NEAR(static_cast<double>(seconds), static_cast<double>(time(nullptr)), 2);
  std::int64_t last = clock::monotonic_ns();
  for (int count = 0; count < 1000; ++count) {
    const std::int64_t now = clock::monotonic_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Thread, PinRestrictsTheCallingThreadOnly) {
  const std::vector<int> before = allowed();
  std::thread([&before] {
    EXPECT_EQ(pin(before.back()), 0);
    EXPECT_EQ(allowed(), std::vector<int>{before.back()});
    EXPECT_EQ(sched_getcpu(), before.back());
  }).join();
  EXPECT_EQ(allowed(), before);
}

TEST(Thread, PinToACpuThatIsNotThereSaysSo) {
  EXPECT_EQ(pin(-1), -EINVAL);
  EXPECT_EQ(pin(kCpusMax), -EINVAL);
  EXPECT_EQ(pin(kCpusMax - 1), -EINVAL);
}

TEST(Thread, AllowedCpusStopsAtItsCapacity) {
  int cpu = -1;
  EXPECT_EQ(allowed_cpus(&cpu, 1), 1);
  EXPECT_EQ(cpu, allowed().front());
  EXPECT_EQ(allowed_cpus(&cpu, 0), 0);
}

TEST(Thread, TimerSlackIsSet) {
  std::thread([] {
    EXPECT_EQ(set_timer_slack(1000), 0);
    EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1000);
    EXPECT_EQ(set_timer_slack(0), -EINVAL);
  }).join();
}

TEST(Thread, FifoIsGivenOrRefusedWithItsReason) {
  std::thread([] {
    const int given = set_fifo(1);
    EXPECT_TRUE(given == 0 || given == -EPERM) << given;
    EXPECT_EQ(sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK), given == 0);
    EXPECT_EQ(set_fifo(1000), -EINVAL);
  }).join();
}

TEST(Thread, MemoryIsNotLockedUnderALimit) {
  const int code = in_child([] {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (geteuid() == 0 && setuid(65534) != 0) return 2;
    return lock_memory() == -EPERM ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

TEST(Thread, CoreDumpIsDisabled) {
  EXPECT_EQ(in_child([] { return disable_core_dump() == 0 && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1; }), 0);
}

TEST(Thread, YieldReturns) { yield(); }

TEST(PeerCredentials, NameTheOtherEndOfAUnixSocket) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  PeerCredentials peer{};
  EXPECT_EQ(peer_credentials(ends[0], peer), 0);
  EXPECT_EQ(peer.pid, getpid());
  EXPECT_EQ(peer.uid, geteuid());
  EXPECT_EQ(peer.gid, getegid());
  close(ends[0]);
  close(ends[1]);
}

TEST(PeerCredentials, AreRefusedForAnythingElse) {
  PeerCredentials peer{-7, 0, 0};
  EXPECT_EQ(peer_credentials(-1, peer), -EBADF);
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  EXPECT_EQ(peer_credentials(pipes[0], peer), -ENOTSOCK);
  close(pipes[0]);
  close(pipes[1]);
  const int inet = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_LT(peer_credentials(inet, peer), 0);
  close(inet);
  EXPECT_EQ(peer.pid, -7) << "untouched";
}

}  // namespace
}  // namespace tcx::thread
