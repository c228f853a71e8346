// The client end of the wire benches: takes over a connected socket (descriptor 3), sends ticks at a stated rate whatever
// happens (open loop), spins for answers and prints every round trip. Knows nothing of tcx but three byte strings.
//
//   wire_client CPU RATE COUNT WARMUP TICKS REPLY REPLY_OFFSET ANSWER_OFFSET ANSWER_SIZE
//     CPU            to pin to
//     TICKS          file: two frames of equal size, sent in turn, as they stand
//     REPLY          file: frame sent for each answer, or '-' for none; 8 bytes at REPLY_OFFSET are taken from the
//                    answer's payload at ANSWER_OFFSET
//     ANSWER_SIZE    payload size of a WebSocket frame that is an answer (others are skipped); 0: no framing, an answer
//                    is as long as a tick
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "clock/clock.h"

namespace {

constexpr int kSocket = 3;
constexpr std::int64_t kSilenceNs = 5'000'000'000;

std::string contents_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "wire_client: %s\n", what);
  std::exit(1);
}

struct Options {
  std::int64_t interval_ns;
  std::size_t count;
  std::size_t warm_up;
  std::string ticks;
  std::string reply;
  std::size_t reply_offset;
  std::size_t answer_offset;
  std::size_t answer_size;
};

class Client {
 public:
  explicit Client(const Options& options) : options_(options), tick_size_(options.ticks.size() / 2) {
    sent_.reserve(options.count + options.warm_up);
    trips_.reserve(options.count);
  }

  void run() {
    const std::size_t total = options_.count + options_.warm_up;
    const std::int64_t begin = tcx::clock::monotonic_ns() + 1'000'000;
    std::int64_t last_answer = begin;
    while (answered_ < total) {
      const std::int64_t now = tcx::clock::monotonic_ns();
      const std::int64_t due = begin + static_cast<std::int64_t>(sent_.size()) * options_.interval_ns;
      if (sent_.size() < total && now >= due) send_tick(due);
      const std::size_t before = answered_;
      receive();
      if (answered_ != before) last_answer = now;
      if (now - last_answer > kSilenceNs && sent_.size() > answered_) fail("no answer for 5 s");
    }
  }

  void print() const {
    std::printf("{\"name\":\"trips\",\"samples\":[");
    for (std::size_t i = 0; i < trips_.size(); ++i) std::printf("%s%.0f", i == 0 ? "" : ",", trips_[i] / 1.0);
    std::printf("]}\n");
  }

 private:
  void send_tick(std::int64_t due) {
    write_all(options_.ticks.data() + (sent_.size() % 2) * tick_size_, tick_size_);
    sent_.push_back(due);
  }

  void receive() {
    char chunk[65536];
    const ssize_t size = ::recv(kSocket, chunk, sizeof chunk, MSG_DONTWAIT);
    if (size == 0) fail("the server closed the connection");
    if (size < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) fail(std::strerror(errno));
      return;
    }
    const std::int64_t now = tcx::clock::monotonic_ns();
    buffer_.append(chunk, static_cast<std::size_t>(size));
    std::size_t at = 0;
    while (std::size_t taken = options_.answer_size == 0 ? take_raw(at, now) : take_frame(at, now)) at += taken;
    buffer_.erase(0, at);
  }

  std::size_t take_raw(std::size_t at, std::int64_t now) {
    if (buffer_.size() - at < tick_size_) return 0;
    note(now);
    return tick_size_;
  }

  // One unmasked WebSocket frame of a server; 0 when it is not whole yet.
  std::size_t take_frame(std::size_t at, std::int64_t now) {
    const std::size_t left = buffer_.size() - at;
    if (left < 2) return 0;
    const auto byte = [this, at](std::size_t i) { return static_cast<unsigned char>(buffer_[at + i]); };
    std::size_t head = 2;
    std::size_t size = byte(1) & 0x7F;
    if (size == 126) {
      if (left < 4) return 0;
      head = 4;
      size = (std::size_t{byte(2)} << 8) | byte(3);
    }
    if (left < head + size) return 0;
    if (size == options_.answer_size) {
      note(now);
      reply(at + head);
    }
    return head + size;
  }

  void note(std::int64_t now) {
    if (answered_ >= sent_.size()) fail("an answer to nothing");
    if (answered_ >= options_.warm_up) trips_.push_back(static_cast<double>(now - sent_[answered_]));
    ++answered_;
  }

  void reply(std::size_t payload) {
    if (options_.reply.empty()) return;
    std::memcpy(options_.reply.data() + options_.reply_offset, buffer_.data() + payload + options_.answer_offset, 8);
    write_all(options_.reply.data(), options_.reply.size());
  }

  void write_all(const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t written = ::send(kSocket, bytes, size, MSG_NOSIGNAL);
      if (written < 0 && errno != EAGAIN && errno != EINTR) fail(std::strerror(errno));
      if (written <= 0) continue;
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  Options options_;
  std::size_t tick_size_;
  std::size_t answered_ = 0;
  std::vector<std::int64_t> sent_;
  std::vector<double> trips_;
  std::string buffer_;
};

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) != 0) fail("cannot pin");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 10) fail("expects CPU RATE COUNT WARMUP TICKS REPLY REPLY_OFFSET ANSWER_OFFSET ANSWER_SIZE");
  pin(std::atoi(argv[1]));
  const int on = 1;
  ::setsockopt(kSocket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto number = [argv](int i) { return static_cast<std::size_t>(std::strtoull(argv[i], nullptr, 10)); };
  const bool replies = std::strcmp(argv[6], "-") != 0;
  Client client({static_cast<std::int64_t>(1'000'000'000 / number(2)), number(3), number(4), contents_of(argv[5]),
                 replies ? contents_of(argv[6]) : std::string(), number(7), number(8), number(9)});
  client.run();
  client.print();
  return 0;
}
