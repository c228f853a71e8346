// Who is at the other end of a connected unix socket, as the kernel recorded it when they connected.
#pragma once

namespace tcx::thread {

struct PeerCredentials {
  int pid;
  unsigned uid;
  unsigned gid;
};

// 0, or -errno (-ENOTSOCK, -EBADF, …; -ENOTCONN for a socket without a peer process) with `credentials` untouched.
[[nodiscard]] int peer_credentials(int socket, PeerCredentials& credentials) noexcept;

}  // namespace tcx::thread
