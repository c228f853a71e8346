// SO_PEERCRED, checked: the kernel answers for any socket, with process 0 where there is no local peer.
#include "thread/peer_credentials.h"

#include <sys/socket.h>

#include <cerrno>

namespace tcx::thread {

int peer_credentials(int socket, PeerCredentials& credentials) noexcept {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -errno;
  if (peer.pid <= 0) return -ENOTCONN;
  credentials = PeerCredentials{peer.pid, peer.uid, peer.gid};
  return 0;
}

}  // namespace tcx::thread
