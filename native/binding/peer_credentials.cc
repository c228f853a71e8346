// `peerCredentials(fd)` of daemon/binding/addon.ts: who is at the other end of a unix socket. Cold; a failure throws.
#include "thread/peer_credentials.h"

#include <cstring>
#include <string>

#include "binding/args.h"
#include "binding/registrations.h"

namespace tcx::binding {
namespace {

napi_value peer_credentials(napi_env env, napi_callback_info info) noexcept {
  napi_value values[1];
  arguments_of<void>(env, info, values);
  const double number = number_argument(env, values[0]);
  const int descriptor = number >= 0 && number <= 2147483647.0 ? static_cast<int>(number) : -1;
  thread::PeerCredentials peer{};
  const int failure = thread::peer_credentials(descriptor, peer);
  if (failure != 0) {
    return throw_status(env, Status::Unsupported,
                        "no peer credentials of file descriptor " + std::to_string(descriptor) + ": " +
                            std::strerror(-failure) + "; expected a connected unix socket");
  }
  napi_value object = nullptr;
  [[maybe_unused]] const napi_status status = napi_create_object(env, &object);
  assert(status == napi_ok);
  define_value(env, object, "pid", make_number(env, peer.pid));
  define_value(env, object, "uid", make_number(env, peer.uid));
  define_value(env, object, "gid", make_number(env, peer.gid));
  return object;
}

}  // namespace

void register_peer_credentials(napi_env env, napi_value exports) {
  define_function(env, exports, "peerCredentials", peer_credentials, nullptr);
}

}  // namespace tcx::binding
