// The floor of the wire benches: a TCP server that sends back what it gets, in C, asleep in recv or spinning on it.
//   tcp_echo CPU block|spin     prints its port, serves one connection after the other
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

namespace {

void serve(int socket, int flags) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  char bytes[65536];
  for (;;) {
    const ssize_t size = ::recv(socket, bytes, sizeof bytes, flags);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
    if (size <= 0) break;
    if (::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) < 0) break;
  }
  ::close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(std::atoi(argv[1]), &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 1) != 0) return 1;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const int flags = std::strcmp(argv[2], "spin") == 0 ? MSG_DONTWAIT : 0;
  for (;;) serve(::accept(listener, nullptr, nullptr), flags);
}
